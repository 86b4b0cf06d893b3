import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, newClientId } from '../api/client.ts';
import { keys, threadPath } from '../api/queries.ts';
import type { Future, Thread } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { toast } from '../parts/toasts.tsx';
import { isSameTime, weekdayTime, zoneName } from '../time.ts';
import { useWords } from '../words.ts';
import { ChannelBadge } from './channel-badge.tsx';
import styles from './future-list.module.css';
import { problemText } from './problem.ts';

const shownFirst = 1;

interface NudgeProps {
  future: Future;
  zone: string;
  isBusy: boolean;
  onSkip: () => void;
  onWriteInstead: () => void;
}

function Nudge({ future, zone, isBusy, onSkip, onWriteInstead }: NudgeProps) {
  const { t, known, language } = useWords();
  const place = isSameTime(future.at, zone) ? '' : ` ${zoneName(future.at, language, zone)}`;
  return (
    <li className={styles.nudge}>
      <span className={styles.ring} aria-hidden="true" />
      <div className={styles.what}>
        <p className={styles.title}>
          <ChannelBadge channel={future.channel} />
          <strong>{future.title}</strong>
          <time dateTime={future.at}>
            {weekdayTime(future.at, language, zone)}
            {place}
          </time>
        </p>
        <p className={styles.fate}>
          {future.heldBy && (
            <span className={styles.held}>
              {t('future.held', { why: known(`reason.${future.heldBy}`, future.heldBy) })}
            </span>
          )}
          {future.cancelledBy.length > 0 &&
            t('future.cancelledBy', {
              events: future.cancelledBy.map((name) => known(`event.${name}`, name)).join(', '),
            })}
        </p>
      </div>
      <div className={styles.acts}>
        <Button isSmall look="quiet" disabled={isBusy} onClick={onSkip}>
          {t('future.skip')}
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
      </div>
    </li>
  );
}

/** The line "now", and the nudges below it: what the bot will send, when, and what would stop it. */
export function FutureList({
  thread,
  onWriteInstead,
}: {
  thread: Thread;
  onWriteInstead: (stepId: string) => void;
}) {
  const words = useWords();
  const { t } = words;
  const client = useQueryClient();
  const [isWhole, setIsWhole] = useState(false);
  const { row, future, artist } = thread;
  const skip = useMutation({
    mutationFn: (stepId: string) =>
      api('POST', `${threadPath(row.id)}/future/${encodeURIComponent(stepId)}/skip`, {
        clientId: newClientId(),
        rev: row.own.rev,
      }),
    onSuccess: () => toast(t('future.skipped')),
    onError: (error) => toast(problemText(error, words)),
    onSettled: () => client.invalidateQueries({ queryKey: keys.thread(row.id) }),
  });
  const shown = isWhole ? future : future.slice(0, shownFirst);
  return (
    <section className={styles.future} aria-label={t('future.title')}>
      <h2 className={styles.now}>{t('future.now')}</h2>
      {future.length === 0 && <p className={styles.none}>{t('future.none')}</p>}
      <ul>
        {shown.map((nudge) => (
          <Nudge
            key={nudge.stepId}
            future={nudge}
            zone={artist.zone}
            isBusy={skip.isPending}
            onSkip={() => skip.mutate(nudge.stepId)}
            onWriteInstead={() => {
              skip.mutate(nudge.stepId);
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
