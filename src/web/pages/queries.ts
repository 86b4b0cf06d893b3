import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { api } from '../api/client.ts';
import { useWords } from '../words.ts';
import type {
  Compliance,
  ContactRow,
  Count,
  Experiments,
  Health,
  OfferPageData,
  Offers,
  PausePreview,
  Person,
  Preview,
  Sequence,
  SequenceName,
  Team,
} from './shapes.ts';

/** Under it stands all that these pages have read. */
export const pagesRoot = ['pages'] as const;
const root = pagesRoot;
/** Figures grow slowly; health is looked at to see it change. */
const figuresMs = 30_000;
const healthMs = 5_000;

const part = (text: string): string => encodeURIComponent(text);

export const useSequenceNames = () =>
  useQuery({
    queryKey: [...root, 'flows'],
    refetchInterval: figuresMs,
    queryFn: async () => (await api<{ sequences: SequenceName[] }>('GET', '/api/flows')).sequences,
  });

export const useSequence = (flow: string) =>
  useQuery({
    queryKey: [...root, 'sequence', flow],
    refetchInterval: figuresMs,
    queryFn: () => api<Sequence>('GET', `/api/sequences/${part(flow)}`),
  });

export interface Wording {
  readonly channel: string | null;
  readonly locale: string;
  readonly register: string;
  readonly variant: string | null;
}

export const usePreview = (flow: string, step: string, { channel, locale, register, variant }: Wording) => {
  const asked = new URLSearchParams({
    locale,
    register,
    ...(channel ? { channel } : {}),
    ...(variant ? { variant } : {}),
  }).toString();
  return useQuery({
    queryKey: [...root, 'preview', flow, step, asked],
    placeholderData: keepPreviousData,
    queryFn: () => api<Preview>('GET', `/api/sequences/${part(flow)}/steps/${part(step)}?${asked}`),
  });
};

export const usePausePreview = (flow: string) =>
  useQuery({
    queryKey: [...root, 'pause', flow],
    staleTime: 0,
    gcTime: 0,
    queryFn: () => api<PausePreview>('GET', `/api/sequences/${part(flow)}/pause`),
  });

/** Posts, and reads every page's data again. */
export function usePost<Body = void>(path: (body: Body) => string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body) => api('POST', path(body), {}),
    onSettled: () => client.invalidateQueries({ queryKey: root }),
  });
}

interface ContactPage {
  readonly rows: readonly ContactRow[];
  readonly next: string | null;
  readonly count: number;
}

export const useContacts = (search: string, segment: string | null) =>
  useInfiniteQuery({
    queryKey: [...root, 'contacts', search, segment],
    initialPageParam: null as string | null,
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam }) =>
      api<ContactPage>(
        'GET',
        `/api/contacts?${new URLSearchParams({
          q: search,
          ...(segment ? { segment } : {}),
          ...(pageParam ? { after: pageParam } : {}),
        }).toString()}`,
      ),
    getNextPageParam: (page) => page.next,
  });

export const useSegments = () =>
  useQuery({
    queryKey: [...root, 'segments'],
    queryFn: () => api<{ people: number; segments: Count[] }>('GET', '/api/segments'),
  });

export const usePerson = (id: string) =>
  useQuery({
    queryKey: [...root, 'person', id],
    queryFn: () => api<Person>('GET', `/api/contacts/${part(id)}`),
  });

export const useCompliance = () =>
  useQuery({
    queryKey: [...root, 'compliance'],
    refetchInterval: figuresMs,
    queryFn: () => api<Compliance>('GET', '/api/compliance'),
  });

export const useHealth = () =>
  useQuery({
    queryKey: [...root, 'health'],
    refetchInterval: healthMs,
    queryFn: () => api<Health>('GET', '/api/health'),
  });

export const useExperiments = () =>
  useQuery({
    queryKey: [...root, 'experiments'],
    refetchInterval: figuresMs,
    queryFn: () => api<Experiments>('GET', '/api/experiments'),
  });

export const useOffers = () =>
  useQuery({
    queryKey: [...root, 'offers'],
    refetchInterval: figuresMs,
    queryFn: () => api<Offers>('GET', '/api/offers'),
  });

export const useOffer = (key: string) => {
  const { language } = useWords();
  return useQuery({
    queryKey: [...root, 'offer', key, language],
    queryFn: () => api<OfferPageData>('GET', `/api/offers/${part(key)}?locale=${language}`),
  });
};

interface StatedOffer {
  readonly key: string;
  readonly kind: string;
  readonly value: unknown;
  readonly endsAt: string | null;
  readonly maxAge?: string;
}

/** States a fact; what leans on it is read again. */
export function useStateOffer() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ key, ...fact }: StatedOffer) => api('PUT', `/api/offers/${part(key)}`, fact),
    onSettled: () => client.invalidateQueries({ queryKey: root }),
  });
}

export const useTeam = () =>
  useQuery({
    queryKey: [...root, 'team'],
    refetchInterval: figuresMs,
    queryFn: () => api<Team>('GET', '/api/team'),
  });
