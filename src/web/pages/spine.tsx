import { ChannelBadge } from '../inbox/channel-badge.tsx';
import { useWords, type Say } from '../words.ts';
import { RateLine } from './rate-line.tsx';
import styles from './spine.module.css';
import type { Count, Sequence, SpineStep } from './shapes.ts';
import { whole } from './share.ts';

const dayMs = 86_400_000;

/** "J7 09:30", as the source names its messages. */
export function stepTime(at: SpineStep['at'], t: Say): string {
  if ('day' in at) return t('sequence.day', { day: at.day });
  return at.afterMs < dayMs
    ? t('sequence.day', { day: 0 })
    : t('sequence.day', { day: Math.floor(at.afterMs / dayMs) });
}

const hourOf = (at: SpineStep['at']): string => ('day' in at ? at.time : '');

function Counts({ counts, say }: { counts: readonly Count[]; say: (key: string) => string }) {
  const { language } = useWords();
  return (
    <ul className={styles.counts}>
      {counts.map(({ key, count }) => (
        <li key={key}>
          <span>{say(key)}</span>
          <span>{whole(count, language)}</span>
        </li>
      ))}
    </ul>
  );
}

function NotSent({ name, counts }: { name: string; counts: readonly Count[] }) {
  const { known, language } = useWords();
  const sum = counts.reduce((all, { count }) => all + count, 0);
  if (sum === 0) return null;
  return (
    <details className={styles.fold}>
      <summary>
        {name} <strong>{whole(sum, language)}</strong>
      </summary>
      <Counts counts={counts} say={(key) => known(`reason.${key}`, key)} />
    </details>
  );
}

function Funnel({ step }: { step: SpineStep }) {
  const { t, language } = useWords();
  const sent = step.cells.reduce((sum, { tally }) => sum + tally.sent, 0);
  return (
    <>
      <p className={styles.sent}>
        <strong>{whole(sent, language)}</strong> {t('sequence.sent', { count: sent })}
      </p>
      {step.cells.map(({ key, channel, rates }) => (
        <div key={key}>
          {step.cells.length > 1 && <p className={styles.channel}>{t(`channel.short.${channel}`)}</p>}
          {rates.open && <RateLine name={t('rate.open')} rate={rates.open} />}
          <RateLine name={t('rate.click')} rate={rates.click} />
          {step.question && <RateLine name={t('rate.reply')} rate={rates.reply} />}
        </div>
      ))}
    </>
  );
}

function StepCard({ step, isOpen, onOpen }: { step: SpineStep; isOpen: boolean; onOpen: () => void }) {
  const { t, known, language } = useWords();
  return (
    <li className={styles.step} data-step={step.id}>
      <button type="button" className={styles.head} aria-pressed={isOpen} onClick={onOpen}>
        <span className={styles.dot} aria-hidden="true" />
        <span className={styles.day}>
          {stepTime(step.at, t)} <span className={styles.hour}>{hourOf(step.at)}</span>
        </span>
        <span className={styles.what}>
          <ChannelBadge channel={step.channel} />
          <span>{t(`class.${step.class === 'marketing+core' ? 'both' : step.class}`)}</span>
        </span>
      </button>
      <div className={styles.body}>
        <Funnel step={step} />
        <NotSent name={t('sequence.skipped')} counts={step.skipped} />
        <NotSent name={t('sequence.heldBy')} counts={step.held} />
        {step.waiting > 0 && (
          <p className={styles.waiting}>{t('sequence.waiting', { count: step.waiting })}</p>
        )}
        {step.question && (
          <div className={styles.talk}>
            <p className={styles.node}>{known(`talk.${step.question.node}`, step.question.node)}</p>
            {step.question.waiting > 0 && (
              <p>
                {t('sequence.asked')} <strong>{whole(step.question.waiting, language)}</strong>
              </p>
            )}
            <Counts counts={step.question.answers} say={(key) => known(`answer.${key}`, key)} />
          </div>
        )}
      </div>
    </li>
  );
}

/** The messages of a sequence from the first day to the last, each with what became of it. */
export function Spine({
  sequence,
  openId,
  onOpen,
}: {
  sequence: Sequence;
  openId: string | null;
  onOpen: (id: string) => void;
}) {
  const { t } = useWords();
  return (
    <section className={styles.scroll} aria-label={t('sequence.spine')} tabIndex={0}>
      <ol className={styles.spine}>
        {sequence.steps.map((step) => (
          <StepCard key={step.id} step={step} isOpen={step.id === openId} onOpen={() => onOpen(step.id)} />
        ))}
      </ol>
    </section>
  );
}
