import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { api } from '../api/client.ts';
import { keys, threadPath } from '../api/queries.ts';
import type { Thread } from '../api/shapes.ts';

export type Mode = 'reply' | 'note';

const restMs = 600;

export interface Draft {
  readonly text: string;
  readonly write: (text: string) => void;
}

/** The text of one thread and mode: typed here, kept on the server after a short rest, never carried elsewhere. */
export function useDraft(thread: Thread, mode: Mode): Draft {
  const id = thread.row.id;
  const client = useQueryClient();
  const [text, setText] = useState(thread.drafts[mode] ?? '');
  const unsaved = useRef<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);

  const save = useCallback(() => {
    if (timer.current) clearTimeout(timer.current);
    const latest = unsaved.current;
    if (latest === null) return;
    unsaved.current = null;
    client.setQueryData<Thread>(
      keys.thread(id),
      (kept) => kept && { ...kept, drafts: { ...kept.drafts, [mode]: latest } },
    );
    void api('PUT', `${threadPath(id)}/drafts/${mode}`, { text: latest }).catch(() => {
      unsaved.current ??= latest;
    });
  }, [client, id, mode]);

  useEffect(() => save, [save]);

  // The server gives a text back when the artist wrote within the eight seconds: it returns only to an empty field.
  const given = thread.drafts[mode] ?? '';
  const lastGiven = useRef(given);
  useEffect(() => {
    const isNew = lastGiven.current !== given;
    lastGiven.current = given;
    if (isNew && unsaved.current === null) setText((own) => (own === '' ? given : own));
  }, [given]);

  const write = useCallback(
    (next: string) => {
      setText(next);
      unsaved.current = next;
      if (timer.current) clearTimeout(timer.current);
      timer.current = setTimeout(save, restMs);
    },
    [save],
  );
  return { text, write };
}
