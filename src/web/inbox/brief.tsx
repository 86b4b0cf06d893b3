import type { BriefItem, Thread } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { useWords } from '../words.ts';
import styles from './brief.module.css';

const isWide = (): boolean => matchMedia('(min-width: 760px)').matches;

function listed(value: BriefItem['answers'] | BriefItem['tried']): string {
  if (!value) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.join(' · ');
  return Object.entries(value)
    .map(([name, answer]) => `${name} : ${String(answer)}`)
    .join(' · ');
}

/** What whoever takes over should know, and a first sentence to begin from. */
export function Brief({ thread, onInsert }: { thread: Thread; onInsert: (text: string) => void }) {
  const { t, known } = useWords();
  const { state, reason } = thread.row.own;
  const brief = thread.items.findLast((item): item is BriefItem => item.kind === 'brief');
  if (!brief || (state !== 'waiting' && state !== 'coach')) return null;
  const why = brief.reason ?? reason;
  const facts = [
    [t('brief.asked'), brief.asked ?? ''],
    [t('brief.answers'), listed(brief.answers)],
    [t('brief.tried'), listed(brief.tried)],
  ].filter(([, value]) => value !== '');
  return (
    <details className={styles.brief} open={isWide()}>
      <summary className={styles.why}>
        <strong>{t('brief.title')}</strong>
        {why && ` · ${known(`reason.${why}`, why)}`}
      </summary>
      {facts.length > 0 && (
        <dl className={styles.facts}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {brief.suggest && (
        <p className={styles.suggest}>
          <span>{t('brief.suggest', { text: brief.suggest })}</span>
          <Button isSmall onClick={() => onInsert(brief.suggest ?? '')}>
            {t('brief.insert')}
          </Button>
        </p>
      )}
    </details>
  );
}
