import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { api } from '../api/client.ts';
import { Combobox } from '../parts/combobox.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { shortDate } from '../time.ts';
import { useWords } from '../words.ts';
import styles from './search-dialog.module.css';

interface Found {
  readonly people: readonly { readonly id: string; readonly name: string; readonly plan: number | null }[];
  readonly messages: readonly {
    readonly id: string;
    readonly thread: string;
    readonly name: string;
    readonly seq: number;
    readonly at: string;
    readonly kind: string;
    readonly text: string;
  }[];
}

interface Hit {
  readonly id: string;
  readonly href: string;
  readonly icon: IconName;
  readonly name: string;
  readonly text: string;
  readonly at: string | null;
}

const restMs = 150;
const least = 2;

/** What was typed, once the fingers rest. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), restMs);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}

const pathOf = (id: string): string => `/inbox/all/${encodeURIComponent(id)}`;

function useHits(sought: string): { hits: readonly Hit[]; isPending: boolean; hasFailed: boolean } {
  const { t } = useWords();
  const isLong = sought.trim().length >= least;
  const { data, isFetching, isError } = useQuery({
    queryKey: ['search', sought],
    enabled: isLong,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    queryFn: () => api<Found>('GET', `/api/search?q=${encodeURIComponent(sought.trim())}`),
  });
  if (!data || !isLong) return { hits: [], isPending: isFetching, hasFailed: isError };
  const people = data.people.map(({ id, name, plan }): Hit => ({
    id: `person-${id}`,
    href: pathOf(id),
    icon: 'contacts',
    name,
    text: plan === null ? t('card.noPlan') : t('card.plan', { plan }),
    at: null,
  }));
  const messages = data.messages.map(({ id, thread, name, seq, at, kind, text }): Hit => ({
    id: `message-${id}`,
    href: `${pathOf(thread)}?seq=${seq}`,
    icon: kind === 'note' ? 'note' : 'sms',
    name,
    text,
    at,
  }));
  return { hits: [...people, ...messages], isPending: isFetching, hasFailed: isError };
}

function HitLine({ hit }: { hit: Hit }) {
  const { language } = useWords();
  return (
    <>
      <Icon name={hit.icon} />
      <span className={styles.what}>
        <strong>{hit.name}</strong>
        <span className={styles.text}>{hit.text}</span>
        {hit.at && <time dateTime={hit.at}>{shortDate(hit.at, language)}</time>}
      </span>
    </>
  );
}

/** Finds an artist by name, mail or the end of a number, and what was said by its words; a hit opens in its place. */
export function SearchDialog({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const [typed, setTyped] = useState('');
  const { hits, isPending, hasFailed } = useHits(useRested(typed));
  const state =
    typed.trim().length < least
      ? 'search.begin'
      : hasFailed
        ? 'search.failed'
        : hits.length === 0 && !isPending
          ? 'search.nothing'
          : null;
  return (
    <Dialog title={t('search.title')} onClose={onClose}>
      <Combobox
        label={t('search.label')}
        name={t('search.title')}
        typed={typed}
        onType={setTyped}
        options={hits}
        draw={(hit) => <HitLine hit={hit} />}
        onChoose={({ href }) => {
          onClose();
          navigate(href);
        }}
      >
        <p className={styles.state} role="status">
          {state && t(state)}
        </p>
      </Combobox>
    </Dialog>
  );
}
