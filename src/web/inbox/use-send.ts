import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api, isApiError, newClientId } from '../api/client.ts';
import { lastSeq } from '../api/merge.ts';
import { addItems, keys, putRow, threadPath } from '../api/queries.ts';
import type { Channel, Item, OutItem, Row, SentFile, Thread } from '../api/shapes.ts';
import { useWords } from '../words.ts';
import type { Pending } from './pending-bubble.tsx';
import { problemText } from './problem.ts';

interface Changed {
  readonly code?: string;
  readonly items?: readonly Item[];
  readonly row?: Row;
}

/** What a coach lets go: words now, at an hour or as a promise, or an approved template (its `text` is what it will read). */
export interface Outgoing {
  readonly text: string;
  readonly channel: Channel;
  readonly file?: SentFile | null;
  readonly resolve?: boolean;
  readonly at?: string;
  readonly until?: string;
  readonly template?: { readonly key: string; readonly fields: Readonly<Record<string, string>> };
}

export interface Sending {
  readonly pending: readonly Pending[];
  /** Why the last one did not leave; the text is still in the field. */
  readonly problem: string | null;
  /** Items from this number on are what the coach had not seen. */
  readonly freshFrom: number | null;
  readonly clearProblem: () => void;
  /** What the coach typed: the server may have put the coach's name before it. */
  readonly typedText: (item: OutItem) => string;
  /** Resolves to true once the server has the message. */
  readonly send: (message: Outgoing) => Promise<boolean>;
}

/**
 * Sends what the coach wrote, against what the coach had seen. One id from the first try on, so a double click, a retry
 * or a second tab is one message; after a 409 the same text goes knowingly.
 */
export function useSend(thread: Thread, onSent: (item: OutItem | null) => void): Sending {
  const client = useQueryClient();
  const words = useWords();
  const clientId = useRef(newClientId());
  const isForced = useRef(false);
  const typed = useRef(new Map<string, string>());
  const [pending, setPending] = useState<readonly Pending[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const [freshFrom, setFreshFrom] = useState<number | null>(null);
  const { id } = thread.row;

  const refuse = (error: unknown, seen: number): void => {
    setProblem(problemText(error, words));
    if (!isApiError(error, 409)) return;
    const { items = [], row } = error.body as Changed;
    addItems(client, id, items);
    if (row) putRow(client, row);
    setFreshFrom(seen + 1);
    isForced.current = true;
    clientId.current = newClientId();
  };

  const send: Sending['send'] = async ({ text, channel, file, template, resolve, at, until }) => {
    const latest = client.getQueryData<Thread>(keys.thread(id)) ?? thread;
    const seen = lastSeq(latest.items);
    const message = { clientId: clientId.current, channel, text, file: file ?? null };
    if (pending.some((other) => other.clientId === message.clientId)) return false;
    setPending((others) => [...others, message]);
    setProblem(null);
    try {
      const body = {
        clientId: message.clientId,
        channel,
        seen,
        rev: latest.row.own.rev,
        ...(template ? { template } : { text }),
        ...(file && { file: file.id }),
        ...(at && { at }),
        ...(until && { until }),
        ...(resolve && { resolve }),
        ...(isForced.current && { force: true }),
      };
      const path = `${threadPath(id)}/${until ? 'promises' : 'messages'}`;
      const { item } = await api<{ item: OutItem | null }>('POST', path, body);
      clientId.current = newClientId();
      isForced.current = false;
      setFreshFrom(null);
      if (item) {
        typed.current.set(item.id, text);
        addItems(client, id, [item]);
      }
      onSent(item);
      void client.invalidateQueries({ queryKey: keys.thread(id) });
      return true;
    } catch (error) {
      refuse(error, seen);
      return false;
    } finally {
      setPending((others) => others.filter((other) => other.clientId !== message.clientId));
    }
  };
  return {
    pending,
    problem,
    freshFrom,
    clearProblem: () => setProblem(null),
    send,
    typedText: (item) => typed.current.get(item.id) ?? item.text ?? '',
  };
}
