import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, isApiError } from '../api/client.ts';
import { problemText } from '../inbox/problem.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { SelectField, TextField } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { toast } from '../parts/toasts.tsx';
import { useWords, type Words } from '../words.ts';
import styles from './experiments-page.module.css';
import { pagesRoot } from './queries.ts';
import type { Candidate, Preflight } from './shapes.ts';
import { whole } from './share.ts';

const dimensions = ['subject', 'timing', 'channel', 'cta', 'tone'] as const;
const primaries = ['click', 'reply', 'conversion', 'open'] as const;

interface Asked {
  readonly dimension: string;
  readonly primary: string;
  /** The first is control. */
  readonly arms: string;
  readonly baseRate: string;
  readonly lift: string;
}

const armsOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((arm) => arm.trim())
    .filter((arm) => arm !== '');

const shareOf = (text: string): number => Number(text.replace(',', '.')) / 100;

const planOf = ({ key, flow }: Candidate, { dimension, primary, arms, baseRate, lift }: Asked) => ({
  key,
  flow,
  dimension,
  primary,
  arms: armsOf(arms).map((arm) => ({ key: arm, weight: 1 })),
  control: armsOf(arms)[0] ?? '',
  baseRate: shareOf(baseRate),
  lift: shareOf(lift),
});

const refusal = (error: unknown, words: Words): string =>
  isApiError(error) && error.code
    ? words.known(`experiment.refused.${error.code}`, problemText(error, words))
    : problemText(error, words);

/** What it would take, before anybody is given an arm. */
function Forecast({ plan }: { plan: Preflight }) {
  const { t, known, language } = useWords();
  return (
    <Notice tone="late">
      <p>
        {t('experiment.perArm', { count: plan.perArm, number: whole(plan.perArm, language) })}{' '}
        {plan.days === null
          ? t('experiment.nobodyEnters')
          : t('experiment.days', { count: plan.days, number: whole(plan.days, language) })}
      </p>
      {!plan.isPowered && <p>{t('experiment.unpowered')}</p>}
      {plan.advice.length > 0 && (
        <p>{plan.advice.map((one) => known(`experiment.advice.${one}`, one)).join(' ')}</p>
      )}
    </Notice>
  );
}

function StartDialog({ candidate, onClose }: { candidate: Candidate; onClose: () => void }) {
  const words = useWords();
  const { t, known } = words;
  const client = useQueryClient();
  const [asked, ask] = useState<Asked>({
    dimension: 'tone',
    primary: 'click',
    arms: ['plain', ...candidate.arms].join(', '),
    baseRate: '20',
    lift: '20',
  });
  const plan = useMutation({
    mutationFn: () => api<Preflight>('POST', '/api/experiments/preflight', planOf(candidate, asked)),
  });
  const start = useMutation({
    mutationFn: () => api('POST', '/api/experiments', planOf(candidate, asked)),
    onSuccess: () => {
      toast(t('experiment.started', { name: candidate.key }));
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: pagesRoot }),
  });
  /** Another question is another forecast: none is shown for what it was not asked. */
  const change = (part: Partial<Asked>): void => {
    ask({ ...asked, ...part });
    plan.reset();
  };
  const wordless = armsOf(asked.arms)
    .slice(1)
    .filter((arm) => !candidate.arms.includes(arm));
  const error = start.error ?? plan.error;
  return (
    <Dialog
      title={t('experiment.start', { name: candidate.key })}
      onClose={onClose}
      actions={
        <>
          <Button disabled={plan.isPending} onClick={() => plan.mutate()}>
            {t('experiment.forecast')}
          </Button>
          <Button look="primary" disabled={!plan.data || start.isPending} onClick={() => start.mutate()}>
            {t('experiment.startNow')}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <p className={styles.dim}>
          {t('experiment.about', {
            flow: known(`flow.${candidate.flow}`, candidate.flow),
            steps: candidate.steps.join(', '),
          })}
        </p>
        <SelectField
          label={t('experiment.changes')}
          value={asked.dimension}
          onChange={(event) => change({ dimension: event.target.value })}
        >
          {dimensions.map((name) => (
            <option key={name} value={name}>
              {t(`experiment.dimension.${name}`)}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={t('experiment.judged')}
          value={asked.primary}
          onChange={(event) => change({ primary: event.target.value })}
        >
          {primaries.map((name) => (
            <option key={name} value={name} disabled={name === 'open' && asked.dimension !== 'subject'}>
              {t(`experiment.primary.${name}`)}
            </option>
          ))}
        </SelectField>
        <TextField
          label={t('experiment.arms')}
          hint={t('experiment.armsHint')}
          value={asked.arms}
          onChange={(event) => change({ arms: event.target.value })}
        />
        {asked.dimension !== 'channel' && wordless.length > 0 && (
          <Notice tone="late">{t('experiment.wordless', { arms: wordless.join(', ') })}</Notice>
        )}
        <div className={styles.pair}>
          <TextField
            label={t('experiment.baseRate')}
            inputMode="decimal"
            value={asked.baseRate}
            onChange={(event) => change({ baseRate: event.target.value })}
          />
          <TextField
            label={t('experiment.lift')}
            inputMode="decimal"
            value={asked.lift}
            onChange={(event) => change({ lift: event.target.value })}
          />
        </div>
        {plan.data && <Forecast plan={plan.data} />}
        {error && <Notice tone="bad">{refusal(error, words)}</Notice>}
      </div>
    </Dialog>
  );
}

/** What flows are written for and nobody has started. */
export function Candidates({ candidates }: { candidates: readonly Candidate[] }) {
  const { t, known } = useWords();
  const [asking, ask] = useState<Candidate | null>(null);
  if (candidates.length === 0) return null;
  return (
    <section className={styles.candidates} aria-label={t('experiment.candidates')}>
      <h2>{t('experiment.candidates')}</h2>
      <ul>
        {candidates.map((candidate) => (
          <li key={candidate.key}>
            <span>
              <strong>{candidate.key}</strong>
              <span className={styles.dim}>
                {' · '}
                {t('experiment.about', {
                  flow: known(`flow.${candidate.flow}`, candidate.flow),
                  steps: candidate.steps.join(', '),
                })}
              </span>
            </span>
            <Button onClick={() => ask(candidate)}>{t('experiment.prepare')}</Button>
          </li>
        ))}
      </ul>
      {asking && <StartDialog candidate={asking} onClose={() => ask(null)} />}
    </section>
  );
}
