import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api } from '../api/client.ts';
import { useWords } from '../words.ts';
import styles from './canned-list.module.css';

export interface Canned {
  readonly id: string;
  readonly name: string;
  /** With this artist's values; what nothing fills stays as `{{path}}`. */
  readonly text: string;
  readonly missing: readonly string[];
}

const folded = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Every letter sought stands in the text, in that order. */
function isLike(text: string, sought: string): boolean {
  let from = 0;
  for (const letter of folded(sought).replaceAll(' ', '')) {
    from = folded(text).indexOf(letter, from) + 1;
    if (from === 0) return false;
  }
  return true;
}

/** The prepared replies that fit what follows the `/`; null while none is sought. */
export function useCanned(threadId: string, sought: string | null): readonly Canned[] {
  const { data } = useQuery({
    queryKey: ['canned', threadId],
    enabled: sought !== null,
    staleTime: 60_000,
    queryFn: () => api<{ replies: Canned[] }>('GET', `/api/canned?thread=${encodeURIComponent(threadId)}`),
  });
  if (sought === null) return [];
  const fits = (data?.replies ?? []).filter(
    ({ name, text }) => isLike(name, sought) || folded(text).includes(folded(sought)),
  );
  const begins = ({ name }: Canned): number => (folded(name).startsWith(folded(sought)) ? 0 : 1);
  return [...fits].sort((one, other) => begins(one) - begins(other));
}

/** Above the field: names, and the words as this artist would read them. */
export function CannedList({
  replies,
  at,
  onChoose,
}: {
  replies: readonly Canned[];
  at: number;
  onChoose: (reply: Canned) => void;
}) {
  const { t } = useWords();
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  if (replies.length === 0) return <p className={styles.none}>{t('canned.none')}</p>;
  return (
    <ul ref={list} id="canned-list" className={styles.list} role="listbox" aria-label={t('canned.title')}>
      {replies.map((reply, index) => (
        <li
          key={reply.id}
          id={`canned-${reply.id}`}
          role="option"
          aria-selected={index === at}
          className={styles.reply}
          onMouseDown={(event) => {
            event.preventDefault();
            onChoose(reply);
          }}
        >
          <strong>{reply.name}</strong>
          <span>{reply.text}</span>
        </li>
      ))}
    </ul>
  );
}
