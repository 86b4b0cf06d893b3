import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, isApiError, newClientId } from '../api/client.ts';
import { keys, putRow, threadPath } from '../api/queries.ts';
import type { Me, Row, Thread } from '../api/shapes.ts';
import type { IconName } from '../parts/icon.tsx';
import { toast } from '../parts/toasts.tsx';
import { useWords } from '../words.ts';
import type { ComposerDialog } from './composer-dialogs.tsx';
import { problemText } from './problem.ts';

export type Verb = 'claim' | 'transfer' | 'release' | 'handback' | 'snooze' | 'resolve';
export type DialogName = 'handback' | 'snooze' | 'resolve' | 'transfer' | 'tags';

export interface Act {
  readonly id: string;
  readonly key: string;
  readonly icon: IconName;
  readonly label: string;
  /** Why it cannot be done now. */
  readonly unavailable: string | null;
  readonly run: () => void;
}

interface Asked {
  readonly verb: Verb;
  readonly body?: Readonly<Record<string, unknown>>;
  /** What to compare, where it is not the row's own: a preview's. */
  readonly rev?: number;
}

/** Changes who speaks in a thread. Whoever was first wins; the other is told who, and sees the row as it is now. */
export function useOwnership(row: Row, onDone?: (verb: Verb) => void) {
  const client = useQueryClient();
  const words = useWords();
  return useMutation({
    mutationFn: ({ verb, body, rev }: Asked) =>
      api<{ row: Row }>('POST', `${threadPath(row.id)}/${verb}`, {
        clientId: newClientId(),
        rev: rev ?? row.own.rev,
        ...body,
      }),
    onSuccess: (answer, { verb }) => {
      putRow(client, answer.row);
      toast(words.t(`done.${verb}`));
      onDone?.(verb);
    },
    onError: (error) => {
      const fresh = isApiError(error, 409) ? (error.body.row as Row | undefined) : undefined;
      if (fresh) putRow(client, fresh);
      toast(problemText(error, words));
    },
    onSettled: () =>
      Promise.all(
        [keys.thread(row.id), ['rows'], keys.counts].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      ),
  });
}

interface Doing {
  readonly me: Me;
  readonly thread: Thread;
  readonly claim: () => void;
  readonly release: () => void;
  readonly open: (dialog: DialogName) => void;
  readonly reply: () => void;
  readonly note: () => void;
  readonly write: (dialog: ComposerDialog) => void;
  readonly unread: () => void;
  readonly undo: (() => void) | null;
}

const hasWhatsapp = ({ artist }: Thread): boolean =>
  artist.addresses.some(({ channel }) => channel === 'whatsapp');

/** Everything that can be done with the open thread: one list for the buttons, the keys and the palette. */
export function useActs({
  me,
  thread,
  claim,
  release,
  open,
  reply,
  note,
  write,
  unread,
  undo,
}: Doing): readonly Act[] {
  const { t } = useWords();
  const { state, ownerId } = thread.row.own;
  const isMine = state === 'coach' && ownerId === me.coach.id;
  const isHeld = state === 'waiting' || state === 'coach' || state === 'snoozed';
  const act = (
    id: string,
    key: string,
    icon: IconName,
    run: () => void,
    unavailable: string | null = null,
  ): Act => ({
    id,
    key,
    icon,
    run,
    unavailable,
    label: t(`act.${id}`),
  });
  return [
    act('reply', 'r', 'reply', reply),
    act('note', 'n', 'note', note),
    act('claim', 't', 'take', claim, isMine ? t('unavailable.mine') : null),
    act('handback', 'h', 'handBack', () => open('handback'), isHeld ? null : t('unavailable.bot')),
    act(
      'snooze',
      's',
      'snoozed',
      () => open('snooze'),
      isHeld && state !== 'snoozed' ? null : t('unavailable.notHeld'),
    ),
    act('resolve', 'e', 'resolve', () => open('resolve'), isHeld ? null : t('unavailable.notHeld')),
    act(
      'transfer',
      'a',
      'transfer',
      () => open('transfer'),
      state === 'coach' ? null : t('unavailable.noOwner'),
    ),
    act('promise', 'p', 'clock', () => write('promise')),
    act(
      'template',
      'm',
      'whatsapp',
      () => write('template'),
      hasWhatsapp(thread) ? null : t('unavailable.noWhatsapp'),
    ),
    act('tags', 'l', 'card', () => open('tags')),
    act('unread', 'u', 'mine', unread),
    act('release', '', 'todo', release, isMine ? null : t('unavailable.noOwner')),
    act('undo', 'z', 'back', () => undo?.(), undo ? null : t('unavailable.undo')),
  ];
}
