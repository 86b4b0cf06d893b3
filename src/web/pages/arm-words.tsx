import { useWords } from '../words.ts';
import styles from './experiments-page.module.css';
import { usePreview } from './queries.ts';

/** A message of an experiment as the artists of one arm read it; the whole of it is on the sequence's page. */
export function ArmWords({ flow, step, arm }: { flow: string; step: string; arm: string }) {
  const { t, known, language } = useWords();
  const { data: preview } = usePreview(flow, step, {
    channel: null,
    locale: language,
    register: 'tu',
    variant: arm,
  });
  if (!preview) return null;
  if (preview.missing)
    return <p className={styles.dim}>{known(`reason.${preview.missing.why}`, preview.missing.why)}</p>;
  return (
    <blockquote className={styles.words} aria-label={t('experiment.words', { arm, step })}>
      {preview.subject && <strong>{preview.subject}</strong>}
      <span>{preview.text}</span>
    </blockquote>
  );
}
