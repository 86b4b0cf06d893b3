import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, newClientId } from '../api/client.ts';
import { keys, threadPath } from '../api/queries.ts';
import type { Channel, Future, OutItem, Thread } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { toast } from '../parts/toasts.tsx';
import { isSameTime, weekdayTime, zoneName } from '../time.ts';
import { useWords } from '../words.ts';
import { ChannelBadge } from './channel-badge.tsx';
import styles from './future-list.module.css';
import { HourDialog } from './hour-dialog.tsx';
import { problemText } from './problem.ts';
import { isForLater } from './scheduled.ts';

const shownFirst = 1;

interface LineProps {
  channel: Channel;
  title: string;
  at: string;
  zone: string;
  fate: ReactNode;
  children: ReactNode;
}

function Line({ channel, title, at, zone, fate, children }: LineProps) {
  const { language } = useWords();
  const place = isSameTime(at, zone) ? '' : ` ${zoneName(at, language, zone)}`;
  return (
    <li className={styles.nudge}>
      <span className={styles.ring} aria-hidden="true" />
      <div className={styles.what}>
        <p className={styles.title}>
          <ChannelBadge channel={channel} />
          <strong>{title}</strong>
          <time dateTime={at}>
            {weekdayTime(at, language, zone)}
            {place}
          </time>
        </p>
        <p className={styles.fate}>{fate}</p>
      </div>
      <div className={styles.acts}>{children}</div>
    </li>
  );
}

type Verb = 'skip' | 'move' | 'now';

interface NudgeProps {
  future: Future;
  zone: string;
  isBusy: boolean;
  onDo: (verb: Verb, to?: Date) => void;
  onWriteInstead: () => void;
}

function Nudge({ future, zone, isBusy, onDo, onWriteInstead }: NudgeProps) {
  const { t, known } = useWords();
  const [isMoving, setIsMoving] = useState(false);
  const fate = (
    <>
      {future.heldBy && (
        <span className={styles.held}>
          {t('future.held', { why: known(`reason.${future.heldBy}`, future.heldBy) })}
        </span>
      )}
      {future.cancelledBy.length > 0 &&
        t('future.cancelledBy', {
          events: future.cancelledBy.map((name) => known(`event.${name}`, name)).join(', '),
        })}
    </>
  );
  return (
    <Line channel={future.channel} title={future.title} at={future.at} zone={zone} fate={fate}>
      <Button isSmall look="quiet" disabled={isBusy} onClick={() => onDo('skip')}>
        {t('future.skip')}
      </Button>
      <Button isSmall look="quiet" disabled={isBusy} onClick={() => setIsMoving(true)}>
        {t('future.move')}
      </Button>
      <Button isSmall look="quiet" disabled={isBusy} title={t('future.nowTitle')} onClick={() => onDo('now')}>
        {t('future.send')}
      </Button>
      <Button
        isSmall
        look="quiet"
        aria-label={t('future.writeInstead')}
        title={t('future.writeInstead')}
        disabled={isBusy}
        onClick={onWriteInstead}
      >
        {t('future.write')}
      </Button>
      {isMoving && (
        <HourDialog
          title={t('future.moveTitle', { name: future.title })}
          lead={t('future.moveLead')}
          confirm={t('future.move')}
          zone={zone}
          onClose={() => setIsMoving(false)}
          onPick={(to) => {
            setIsMoving(false);
            onDo('move', to);
          }}
        />
      )}
    </Line>
  );
}

/** A coach's own words for an hour to come. */
function Later({ item, zone, onCancel }: { item: OutItem; zone: string; onCancel: () => void }) {
  const { t } = useWords();
  return (
    <Line
      channel={item.channel ?? 'sms'}
      title={item.text ?? ''}
      at={item.undoUntil ?? item.at}
      zone={zone}
      fate={t('future.laterBy', { name: item.byName ?? t('who.coach') })}
    >
      <Button isSmall look="quiet" onClick={onCancel}>
        {t('future.cancel')}
      </Button>
    </Line>
  );
}

function useNudges({ row }: Thread) {
  const words = useWords();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ verb, stepId, to }: { verb: Verb; stepId: string; to?: Date }) =>
      api('POST', `${threadPath(row.id)}/future/${encodeURIComponent(stepId)}/${verb}`, {
        clientId: newClientId(),
        rev: row.own.rev,
        ...(to && { to: to.toISOString() }),
      }),
    onSuccess: (_, { verb }) => toast(words.t(`future.did.${verb}`)),
    onError: (error) => toast(problemText(error, words)),
    onSettled: () => client.invalidateQueries({ queryKey: keys.thread(row.id) }),
  });
}

interface Props {
  thread: Thread;
  onWriteInstead: (stepId: string) => void;
  onCancel: (item: OutItem) => void;
}

/** The line "now", and what stands below it: what will be said, when, and what would stop it. */
export function FutureList({ thread, onWriteInstead, onCancel }: Props) {
  const { t } = useWords();
  const [isWhole, setIsWhole] = useState(false);
  const { future, artist } = thread;
  const nudges = useNudges(thread);
  const later = thread.items.filter((item): item is OutItem => isForLater(item));
  const shown = isWhole ? future : future.slice(0, shownFirst);
  return (
    <section className={styles.future} aria-label={t('future.title')}>
      <h2 className={styles.now}>{t('future.now')}</h2>
      {future.length + later.length === 0 && <p className={styles.none}>{t('future.none')}</p>}
      <ul>
        {later.map((item) => (
          <Later key={item.id} item={item} zone={artist.zone} onCancel={() => onCancel(item)} />
        ))}
        {shown.map((nudge) => (
          <Nudge
            key={nudge.stepId}
            future={nudge}
            zone={artist.zone}
            isBusy={nudges.isPending}
            onDo={(verb, to) => nudges.mutate({ verb, stepId: nudge.stepId, ...(to && { to }) })}
            onWriteInstead={() => {
              nudges.mutate({ verb: 'skip', stepId: nudge.stepId });
              onWriteInstead(nudge.stepId);
            }}
          />
        ))}
      </ul>
      {future.length > shownFirst && (
        <Button isSmall look="quiet" aria-expanded={isWhole} onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? t('future.less') : t('future.more', { count: future.length - shownFirst })}
        </Button>
      )}
    </section>
  );
}
