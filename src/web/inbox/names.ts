import { useMemo } from 'react';
import { useDuty, useMe } from '../api/queries.ts';
import { useWords } from '../words.ts';

/** Says who is behind an id: "Nina (vous)", "Sam", or the word for someone whose name is not known here. */
export type NameOf = (id: string | null | undefined, given?: string | null) => string;

export function useNames(): NameOf {
  const { t } = useWords();
  const { data: me } = useMe();
  const { data: duty } = useDuty();
  return useMemo(() => {
    const names = new Map((duty?.coaches ?? []).map(({ id, name }) => [id, name]));
    return (id, given) => {
      if (!id) return t('who.nobody');
      if (id === 'bot') return t('who.bot');
      if (id === 'artist') return t('who.artist');
      if (id === me?.coach.id) return t('who.you', { name: me.coach.name });
      return given ?? names.get(id) ?? t('who.coach');
    };
  }, [t, me, duty]);
}
