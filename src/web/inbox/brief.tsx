import type { BriefItem, Thread } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { useWords } from '../words.ts';
import styles from './brief.module.css';

const isWide = (): boolean => matchMedia('(min-width: 760px)').matches;

type Known = (key: string, fallback: string) => string;

/** `dashboard: help`, as a question and its answer. */
function said(pair: string, known: Known): string {
  const [name = '', answer] = pair.split(/\s*:\s*/u);
  const question = known(`talk.${name}`, name);
  return answer === undefined ? question : `${question} ${known(`answer.${answer}`, answer)}`;
}

function listed(value: BriefItem['answers'] | BriefItem['tried'], known: Known): string {
  if (!value) return '';
  if (typeof value === 'string') return said(value, known);
  const pairs = Array.isArray(value)
    ? (value as readonly string[])
    : Object.entries(value).map(([name, answer]) => `${name}: ${String(answer)}`);
  return pairs.map((pair) => said(pair, known)).join(' · ');
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
    [t('brief.answers'), listed(brief.answers, known)],
    [t('brief.tried'), listed(brief.tried, known)],
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
