import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, isApiError } from '../api/client.ts';
import { startLanguage } from '../words.ts';

/** What stands behind the `#` of a link in a mail: no server is told it until it is used. */
export function useLinkSecret(): string {
  const [secret] = useState(() => location.hash.slice(1));
  return secret;
}

/** What a link stands for. Asking uses nothing up; a link that opens nothing is an answer, not a failure to try again. */
export function useLink<View extends { readonly locale: string }>(path: string, secret: string) {
  const link = useQuery({
    queryKey: ['link', path, secret],
    retry: (count, error) => !isApiError(error, 404) && !isApiError(error, 400) && count < 2,
    staleTime: Infinity,
    queryFn: () => api<View>('POST', path, { secret }),
  });
  const locale = link.data?.locale;
  useEffect(() => {
    if (locale) void startLanguage(locale);
  }, [locale]);
  return link;
}

/** Used, replaced, expired or never one of ours. */
export const isVoid = (error: unknown): boolean => isApiError(error, 404) || isApiError(error, 400);
