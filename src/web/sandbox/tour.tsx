import { useState } from 'react';
import { Link } from 'wouter';
import { Button } from '../parts/button.tsx';
import { toast } from '../parts/toasts.tsx';
import { problemText } from '../inbox/problem.ts';
import { useWords } from '../words.ts';
import { useSandboxAct } from './queries.ts';
import styles from './tour.module.css';

interface Stop {
  readonly key: string;
  /** What the button of the stop does; without one it leads to Léa's thread. */
  readonly call?: { readonly path: string; readonly body: unknown };
}

const leasPhone = `/api/sandbox/phones/sms/${encodeURIComponent('+33639980001')}/messages`;

const stops: readonly Stop[] = [
  {
    key: 'enter',
    call: {
      path: '/api/sandbox/enter',
      body: {
        userId: 'lea',
        event: 'Subscription Started',
        properties: { plan: 290, subscriptionId: 'tour' },
      },
    },
  },
  { key: 'next', call: { path: '/api/sandbox/clock', body: { to: 'next' } } },
  { key: 'help', call: { path: leasPhone, body: { text: 'HELP' } } },
  { key: 'answer' },
  { key: 'why' },
];

const kept = 'mona.tour';
type Call = NonNullable<Stop['call']>;

/** The main job in five stops, each done for real: a nudge, a call for help, a person's answer, the bot again, and why. */
export function Tour() {
  const words = useWords();
  const { t } = words;
  const [at, setAt] = useState(() => Number(localStorage.getItem(kept) ?? '0'));
  const call = useSandboxAct<Call>(
    ({ path }) => path,
    ({ body }) => body,
  );
  const go = (to: number): void => {
    localStorage.setItem(kept, String(to));
    setAt(to);
  };
  const stop = stops[at];
  if (!stop) {
    return (
      <section className={styles.again} aria-label={t('sandbox.tour.title')}>
        <Button isSmall look="quiet" onClick={() => go(0)}>
          {t('sandbox.tour.again')}
        </Button>
      </section>
    );
  }
  const act = (asked: Call): void =>
    call.mutate(asked, {
      // The hour of the next message may bring another artist's first: this stop is done as often as one likes.
      onSuccess: () => stop.key !== 'next' && go(at + 1),
      onError: (error) => toast(problemText(error, words)),
    });
  const { call: own } = stop;
  return (
    <section className={styles.tour} aria-label={t('sandbox.tour.title')}>
      <p className={styles.text}>
        <strong>{t('sandbox.tour.stop', { at: at + 1, of: stops.length })}</strong>{' '}
        {t(`sandbox.tour.${stop.key}.text`)}
      </p>
      <div className={styles.acts}>
        {own ? (
          <Button isSmall look="primary" disabled={call.isPending} onClick={() => act(own)}>
            {t(`sandbox.tour.${stop.key}.do`)}
          </Button>
        ) : (
          <Link href="/inbox/all/lea" className={styles.link}>
            {t(`sandbox.tour.${stop.key}.do`)}
          </Link>
        )}
        {(!own || stop.key === 'next') && (
          <Button isSmall onClick={() => go(at + 1)}>
            {t('sandbox.tour.onward')}
          </Button>
        )}
        <Button isSmall look="quiet" onClick={() => go(stops.length)}>
          {t('sandbox.tour.leave')}
        </Button>
      </div>
    </section>
  );
}
