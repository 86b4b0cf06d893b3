import { useState } from 'react';
import type { Me } from '../api/shapes.ts';
import { AskDialog } from '../parts/ask-dialog.tsx';
import { Button } from '../parts/button.tsx';
import { Empty, Failed, Skeleton } from '../parts/skeleton.tsx';
import { toast } from '../parts/toasts.tsx';
import { problemText } from '../inbox/problem.ts';
import { shortDate } from '../time.ts';
import { useWords } from '../words.ts';
import { ArmWords } from './arm-words.tsx';
import { Candidates } from './experiment-start.tsx';
import styles from './experiments-page.module.css';
import { PageFrame } from './page-frame.tsx';
import { useExperiments, usePost } from './queries.ts';
import type { Experiment } from './shapes.ts';
import { percent, whole } from './share.ts';

/** Where the difference to control lies, around a line that means "none". */
function Interval({ low, high }: { low: number; high: number }) {
  const reach = Math.max(Math.abs(low), Math.abs(high), 0.05);
  const at = (value: number): string => `${50 + (value / reach) * 50}%`;
  return (
    <span className={styles.interval} aria-hidden="true">
      <span className={styles.zero} />
      <span className={styles.range} style={{ left: at(low), right: `calc(100% - ${at(high)})` }} />
    </span>
  );
}

function Arm({ experiment, arm }: { experiment: Experiment; arm: Experiment['arms'][number] }) {
  const { t, language } = useWords();
  const reading = experiment.readings.find(({ key }) => key === arm.key);
  const sign = (value: number): string =>
    new Intl.NumberFormat(language, {
      style: 'percent',
      maximumFractionDigits: 1,
      signDisplay: 'exceptZero',
    }).format(value);
  return (
    <li className={styles.arm}>
      <h3>
        {arm.key}
        {arm.key === experiment.control && <span className={styles.dim}> · {t('experiment.control')}</span>}
        {arm.key === experiment.winner && <span className={styles.won}> · {t('experiment.won')}</span>}
      </h3>
      {experiment.steps.slice(0, 1).map((step) => (
        <ArmWords key={step} flow={experiment.flow} step={step} arm={arm.key} />
      ))}
      <p className={styles.share}>
        {arm.of > 0 ? percent(arm.hits / arm.of, language, 1) : '–'}
        <span className={styles.dim}>
          {t('experiment.of', { hits: whole(arm.hits, language), of: whole(arm.of, language) })}
        </span>
      </p>
      {reading && arm.of > 0 && (
        <>
          <Interval low={reading.interval.low} high={reading.interval.high} />
          <p className={styles.dim}>
            {t('experiment.interval', { low: sign(reading.interval.low), high: sign(reading.interval.high) })}
          </p>
          <p className={styles.dim}>
            {t('experiment.chance', {
              chance: percent(reading.chance, language),
              loss: percent(reading.loss, language, 2),
            })}
          </p>
        </>
      )}
      <p className={styles.dim}>
        {t('experiment.assigned', { count: arm.assigned, number: whole(arm.assigned, language) })}
        {' · '}
        {t('experiment.exposed', { count: arm.exposed, number: whole(arm.exposed, language) })}
      </p>
    </li>
  );
}

/** After a promotion: the winner beside those who keep control for a month, so that the promise can be checked. */
function After({ experiment: { after, control } }: { experiment: Experiment }) {
  const { t, language } = useWords();
  if (!after) return null;
  return (
    <p className={styles.dim}>
      {t('experiment.after', { at: shortDate(after.holdbackUntil, language) })}{' '}
      {after.arms
        .map(({ key, hits, of }) => {
          const share = of > 0 ? percent(hits / of, language, 1) : '–';
          return `${key === control ? t('experiment.control') : key} ${share} (${whole(of, language)})`;
        })
        .join(' · ')}
    </p>
  );
}

function Verdict({ experiment }: { experiment: Experiment }) {
  const { t, known } = useWords();
  const { verdict, isGuardrailBreached, ratio } = experiment;
  if (experiment.status !== 'running')
    return (
      <div className={styles.verdict}>
        <strong>
          {experiment.winner ? t('experiment.promoted', { arm: experiment.winner }) : t('experiment.ended')}
        </strong>
        <After experiment={experiment} />
      </div>
    );
  const alarms = [
    isGuardrailBreached && t('experiment.why.guardrail'),
    ratio.isMismatch && t('experiment.why.ratio'),
  ].filter(Boolean);
  return (
    <div className={styles.verdict}>
      <strong>
        {verdict.winner ? t('experiment.winner', { arm: verdict.winner }) : t('experiment.noWinner')}
      </strong>
      <p className={styles.dim}>
        {[...new Set([...alarms, ...verdict.why.map((why) => known(`experiment.why.${why}`, why))])].join(
          ' · ',
        )}
      </p>
    </div>
  );
}

function Card({ experiment, mayDecide }: { experiment: Experiment; mayDecide: boolean }) {
  const words = useWords();
  const { t, known, language } = words;
  const post = usePost<'stop' | 'promote'>(
    (verb) => `/api/experiments/${encodeURIComponent(experiment.key)}/${verb}`,
  );
  const [asking, ask] = useState<'stop' | 'promote' | null>(null);
  const close = (verb: 'stop' | 'promote'): void =>
    post.mutate(verb, {
      onSuccess: () => {
        ask(null);
        toast(t(`experiment.did.${verb}`, { name: experiment.key }));
      },
      onError: (error) => toast(problemText(error, words)),
    });
  const perArm = Math.min(...experiment.arms.map(({ of }) => of));
  return (
    <article className={styles.card} aria-label={experiment.key}>
      <header className={styles.head}>
        <div>
          <h2>{experiment.key}</h2>
          <p className={styles.dim}>
            {[
              known(`flow.${experiment.flow}`, experiment.flow),
              known(`experiment.dimension.${experiment.dimension}`, experiment.dimension),
              t(`experiment.primary.${experiment.primary}`),
              t('experiment.since', { at: shortDate(experiment.startedAt, language) }),
            ].join(' · ')}
          </p>
        </div>
        <span className={styles.status}>{t(`experiment.status.${experiment.status}`)}</span>
      </header>
      <ul className={styles.arms}>
        {experiment.arms.map((arm) => (
          <Arm key={arm.key} experiment={experiment} arm={arm} />
        ))}
      </ul>
      <div className={styles.progress}>
        <progress
          max={experiment.plannedN}
          value={Math.min(perArm, experiment.plannedN)}
          aria-label={t('experiment.progress')}
        />
        <span className={styles.dim}>
          {t('experiment.planned', {
            of: whole(perArm, language),
            planned: whole(experiment.plannedN, language),
          })}
          {experiment.daysLeft !== null &&
            ` · ${t('experiment.daysLeft', { count: experiment.daysLeft, number: whole(experiment.daysLeft, language) })}`}
        </span>
      </div>
      <footer className={styles.foot}>
        <Verdict experiment={experiment} />
        {mayDecide && experiment.status === 'running' && (
          <>
            <Button disabled={post.isPending} onClick={() => ask('stop')}>
              {t('experiment.stop')}
            </Button>
            <Button
              look="primary"
              disabled={post.isPending || experiment.verdict.winner === null}
              onClick={() => ask('promote')}
            >
              {t('experiment.promote')}
            </Button>
          </>
        )}
      </footer>
      {asking && (
        <AskDialog
          title={t(`experiment.${asking}`)}
          confirm={t(`experiment.${asking}`)}
          isBusy={post.isPending}
          onConfirm={() => close(asking)}
          onClose={() => ask(null)}
        >
          <p>
            {t(`experiment.${asking}Sure`, {
              name: experiment.key,
              arm: experiment.verdict.winner ?? '',
              flow: known(`flow.${experiment.flow}`, experiment.flow),
            })}
          </p>
        </AskDialog>
      )}
    </article>
  );
}

/** What is being tried, what it shows so far, and whether anything may be concluded (inbox.md §13). */
export function ExperimentsPage({ me }: { me: Me }) {
  const { t } = useWords();
  const { data, error, refetch } = useExperiments();
  const isManager = me.coach.role === 'manager';
  return (
    <PageFrame me={me} page="experiments" title={t('pages.experiments')} lead={t('experiment.lead')}>
      {data ? (
        <>
          {data.experiments.length === 0 && (
            <Empty title={t('experiment.none')}>
              <p>{t('experiment.noneText')}</p>
            </Empty>
          )}
          {data.experiments.map((experiment) => (
            <Card key={experiment.key} experiment={experiment} mayDecide={isManager} />
          ))}
          {isManager && <Candidates candidates={data.candidates} />}
        </>
      ) : error ? (
        <Failed what={t('problem.page')} error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton />
      )}
    </PageFrame>
  );
}
