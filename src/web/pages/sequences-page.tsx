import { useState } from 'react';
import { Link, Redirect, useLocation } from 'wouter';
import type { Me } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { Notice } from '../parts/notice.tsx';
import { Empty, Failed, Skeleton } from '../parts/skeleton.tsx';
import { shortDate } from '../time.ts';
import { useWords } from '../words.ts';
import { PageFrame } from './page-frame.tsx';
import { PauseDialog } from './pause-dialog.tsx';
import { useSequence, useSequenceNames } from './queries.ts';
import { RateLine } from './rate-line.tsx';
import styles from './sequences-page.module.css';
import type { Sequence } from './shapes.ts';
import { whole } from './share.ts';
import { Spine } from './spine.tsx';
import { StepPreview } from './step-preview.tsx';

function Tabs({ open }: { open: string }) {
  const { t, known, language } = useWords();
  const { data: names = [] } = useSequenceNames();
  return (
    <nav className={styles.tabs} aria-label={t('pages.sequences')}>
      {names.map(({ id, isPaused, open: running }) => (
        <Link
          key={id}
          href={`/sequences/${id}`}
          className={styles.tab}
          aria-current={id === open ? 'page' : undefined}
        >
          {known(`flow.${id}`, id)}
          <span className={styles.count}>{isPaused ? t('sequence.paused') : whole(running, language)}</span>
        </Link>
      ))}
    </nav>
  );
}

/** The whole sequence against the targets of its source, and what its runs are doing. */
function Figures({ sequence }: { sequence: Sequence }) {
  const { t, known, language } = useWords();
  const { whole: cell, runs } = sequence;
  const facts = [
    { key: 'open', value: runs.open },
    { key: 'tail', value: runs.tail },
    { key: 'held', value: runs.held },
  ] as const;
  return (
    <div className={styles.figures}>
      {cell?.rates.open && <RateLine isWide name={t('rate.open')} rate={cell.rates.open} />}
      {cell && <RateLine isWide name={t('rate.click')} rate={cell.rates.click} />}
      {cell?.rates.conversion && <RateLine isWide name={t('rate.conversion')} rate={cell.rates.conversion} />}
      {!cell && (
        <div className={styles.nothing}>
          <strong>{t('sequence.noFigures')}</strong>
          {sequence.targets && <p>{t('sequence.noFiguresText')}</p>}
        </div>
      )}
      <dl className={styles.runs}>
        {facts.map(({ key, value }) => (
          <div key={key}>
            <dt>{t(`sequence.runs.${key}`)}</dt>
            <dd>{whole(value, language)}</dd>
          </div>
        ))}
        {runs.exits.slice(0, 4).map(({ key, count }) => (
          <div key={`exit-${key}`}>
            <dt>{known(`reason.${key}`, key)}</dt>
            <dd>{whole(count, language)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function OpenSequence({ sequence, stepId }: { sequence: Sequence; stepId: string | null }) {
  const { t, language } = useWords();
  const [, navigate] = useLocation();
  const step = sequence.steps.find(({ id }) => id === stepId) ?? sequence.steps[0];
  return (
    <>
      {sequence.pausedAt && (
        <Notice tone="late">
          {t('sequence.pausedSince', { at: shortDate(sequence.pausedAt, language) })}
        </Notice>
      )}
      <Figures sequence={sequence} />
      <div className={styles.columns}>
        <Spine
          sequence={sequence}
          openId={step?.id ?? null}
          onOpen={(id) => navigate(`/sequences/${sequence.id}/${id}`, { replace: true })}
        />
        {step && <StepPreview key={`${sequence.id}.${step.id}`} sequence={sequence} step={step} />}
      </div>
    </>
  );
}

/** How each sequence runs: its messages on a line, what became of each, and what they say (inbox.md §13). */
export function SequencesPage({ me, flow, step }: { me: Me; flow: string | null; step: string | null }) {
  const { t, known, language } = useWords();
  const names = useSequenceNames();
  const [isPausing, setIsPausing] = useState(false);
  const id = flow ?? names.data?.[0]?.id ?? '';
  const { data: sequence, error, refetch } = useSequence(id);
  if (names.data?.length === 0)
    return (
      <PageFrame me={me} page="sequences" title={t('pages.sequences')}>
        <Empty title={t('sequence.none')}>
          <p>{t('sequence.noneText')}</p>
        </Empty>
      </PageFrame>
    );
  if (!flow) return id ? <Redirect to={`/sequences/${id}`} replace /> : <Skeleton />;
  const title = known(`flow.${id}`, id);
  const lead =
    sequence &&
    [
      sequence.publishedAt &&
        t('sequence.published', { version: sequence.version, at: shortDate(sequence.publishedAt, language) }),
      t('sequence.entered', { count: sequence.whole?.tally.entered ?? 0 }),
      sequence.goal && t('sequence.goal', { days: Math.round(sequence.goal.withinMs / 86_400_000) }),
    ]
      .filter(Boolean)
      .join(' · ');
  return (
    <PageFrame
      me={me}
      page="sequences"
      title={title}
      lead={lead}
      actions={
        sequence &&
        me.coach.role === 'manager' && (
          <Button onClick={() => setIsPausing(true)}>
            {t(sequence.pausedAt ? 'sequence.resume' : 'sequence.pause')}
          </Button>
        )
      }
    >
      <Tabs open={id} />
      {sequence ? (
        <OpenSequence sequence={sequence} stepId={step} />
      ) : error ? (
        <Failed what={t('problem.page')} error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton />
      )}
      {isPausing && sequence && <PauseDialog sequence={sequence} onClose={() => setIsPausing(false)} />}
    </PageFrame>
  );
}
