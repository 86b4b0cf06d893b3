import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { api, newClientId } from '../api/client.ts';
import { keys, threadPath } from '../api/queries.ts';
import { useNow } from '../api/server-clock.ts';
import type { Artist, Thread } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { toast } from '../parts/toasts.tsx';
import { clockTime, dayMonth, isSameTime, shortDate, span, weekdayTime } from '../time.ts';
import { useWords } from '../words.ts';
import styles from './artist-card.module.css';
import { ChannelBadge } from './channel-badge.tsx';
import { problemText } from './problem.ts';
import { Sparkline } from './sparkline.tsx';

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.part}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Who({ thread }: { thread: Thread }) {
  const { t, language } = useWords();
  const { artist, row } = thread;
  const now = useNow(30_000);
  const local = clockTime(now, language, artist.zone);
  const since = artist.planSince ? span(now - Date.parse(artist.planSince), language) : null;
  const plan = artist.plan === null ? t('card.noPlan') : t('card.plan', { plan: artist.plan });
  return (
    <section className={styles.part}>
      <p className={styles.name}>
        {artist.name}
        {row.vip && <span className={styles.vip}>{t('row.vip')}</span>}
      </p>
      <p>{[plan, since && t('card.since', { span: since })].filter(Boolean).join(' · ')}</p>
      <p>{[artist.genre, artist.city].filter(Boolean).join(' · ')}</p>
      <p className={styles.dim}>
        {isSameTime(now, artist.zone)
          ? t('card.sameTime', { time: local })
          : t('card.there', { time: local })}{' '}
        · {t(`me.languages.${artist.locale}`)}
        {artist.register && ` · ${t(`register.${artist.register}`)}`}
      </p>
    </section>
  );
}

function Score({ artist }: { artist: Artist }) {
  const { t, language } = useWords();
  const { mona } = artist;
  const delta = mona?.delta ?? (mona && typeof mona.start === 'number' ? mona.score - mona.start : null);
  const signed = (value: number): string =>
    new Intl.NumberFormat(language, { signDisplay: 'exceptZero' }).format(value);
  return (
    <Part title={t('card.score')}>
      <div className={styles.score}>
        <span className={styles.big}>{mona ? mona.score : '–'}</span>
        <span className={styles.dim}>{t('card.outOf')}</span>
        {mona?.trend && mona.trend.length > 1 && <Sparkline values={mona.trend} />}
        {delta !== null && <span className={delta > 0 ? styles.good : styles.dim}>{signed(delta)}</span>}
      </div>
      <p className={styles.dim}>{t('card.points', { count: artist.points })}</p>
    </Part>
  );
}

function Consents({ artist }: { artist: Artist }) {
  const { t, known, language } = useWords();
  const look = { granted: 'sent', withdrawn: 'blocked', none: 'close' } as const;
  return (
    <Part title={t('card.consents')}>
      <ul className={styles.list}>
        {artist.consents.map(({ channel, marketing, at, source }) => (
          <li key={channel} className={styles.consent}>
            <ChannelBadge channel={channel} />
            <span className={`${styles.state} ${styles[marketing]}`}>
              <Icon name={look[marketing]} />
              {t(`consent.${marketing}`)}
            </span>
            <span className={styles.dim}>
              {[at && dayMonth(at, language), source && known(`consent.source.${source}`, source)]
                .filter(Boolean)
                .join(' · ')}
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Runs({ artist }: { artist: Artist }) {
  const { t, known, language } = useWords();
  if (artist.runs.length === 0) return null;
  return (
    <Part title={t('card.runs')}>
      <ul className={styles.list}>
        {artist.runs.map(({ flow, step, of, goalDeadline, phase }) => (
          <li key={flow}>
            {known(`flow.${flow}`, flow)} {step !== null && step !== '' && t('card.step', { step, of })}
            <p className={styles.dim}>
              {[
                known(`phase.${phase}`, phase),
                goalDeadline && t('card.goal', { at: shortDate(goalDeadline, language) }),
              ]
                .filter(Boolean)
                .join(' · ')}
            </p>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Events({ artist }: { artist: Artist }) {
  const { t, known, language } = useWords();
  const now = useNow(60_000);
  if (artist.events.length === 0) return null;
  return (
    <Part title={t('card.events')}>
      <ul className={styles.list}>
        {artist.events.slice(0, 3).map(({ name, at }) => (
          <li key={`${name}${at}`} className={styles.event}>
            <span>{known(`event.${name}`, name)}</span>
            <time className={styles.dim} dateTime={at} title={weekdayTime(at, language)}>
              {span(now - Date.parse(at), language)}
            </time>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Tags({ thread }: { thread: Thread }) {
  const words = useWords();
  const { t } = words;
  const client = useQueryClient();
  const [isAdding, setIsAdding] = useState(false);
  const { tags } = thread.row;
  const save = useMutation({
    mutationFn: (next: readonly string[]) =>
      api('POST', `${threadPath(thread.row.id)}/tags`, { clientId: newClientId(), tags: next }),
    onError: (error) => toast(problemText(error, words)),
    onSettled: () => client.invalidateQueries({ queryKey: keys.thread(thread.row.id) }),
  });
  const add = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const tag = String(new FormData(event.currentTarget).get('tag')).trim().toLowerCase();
    setIsAdding(false);
    if (tag !== '' && !tags.includes(tag)) save.mutate([...tags, tag]);
  };
  return (
    <Part title={t('card.tags')}>
      <ul className={styles.tags}>
        {tags.map((tag) => (
          <li key={tag}>
            {tag}
            <button
              type="button"
              aria-label={t('card.removeTag', { tag })}
              onClick={() => save.mutate(tags.filter((other) => other !== tag))}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
        {!isAdding && (
          <li className={styles.add}>
            <Button isSmall look="quiet" onClick={() => setIsAdding(true)}>
              {t('card.addTag')}
            </Button>
          </li>
        )}
      </ul>
      {isAdding && (
        <form onSubmit={add}>
          <input
            className={styles.newTag}
            name="tag"
            aria-label={t('card.newTag')}
            autoFocus
            onBlur={(event) => event.target.value || setIsAdding(false)}
          />
        </form>
      )}
    </Part>
  );
}

/** Who the artist is and where they stand: what a coach looks at before the first word. */
export function ArtistCard({ thread }: { thread: Thread }) {
  const { t, known } = useWords();
  const { artist, row } = thread;
  const coach = typeof artist.coach === 'string' ? artist.coach : artist.coach?.name;
  return (
    <div className={styles.card}>
      <Who thread={thread} />
      {row.own.reason && (
        <Part title={t('card.whyHere')}>
          <p>{known(`reason.${row.own.reason}`, row.own.reason)}</p>
        </Part>
      )}
      <Score artist={artist} />
      <Consents artist={artist} />
      <Runs artist={artist} />
      <Events artist={artist} />
      {coach && (
        <Part title={t('card.coach')}>
          <p>{coach}</p>
        </Part>
      )}
      <Tags thread={thread} />
      <Part title={t('card.addresses')}>
        <ul className={styles.list}>
          {artist.addresses.map(({ channel, value }) => (
            <li key={`${channel}${value}`} className={styles.address}>
              <ChannelBadge channel={channel} /> <span>{value}</span>
            </li>
          ))}
        </ul>
      </Part>
    </div>
  );
}
