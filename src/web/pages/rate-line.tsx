import { useWords } from '../words.ts';
import styles from './rate-line.module.css';
import type { Rate } from './shapes.ts';
import { percent } from './share.ts';

const marks = { above: '▲', below: '▼', not_enough_data: '?', no_target: '' } as const;

/** A share against its target: the number, where it surely lies, and what that says. Never by colour alone. */
export function RateLine({ name, rate, isWide = false }: { name: string; rate: Rate; isWide?: boolean }) {
  const { t, language } = useWords();
  const isKnown = rate.rate !== null;
  const at = (share: number): string => `${Math.min(100, Math.max(0, share * 100))}%`;
  const said = [
    isKnown
      ? t('rate.interval', {
          low: percent(rate.low, language),
          high: percent(rate.high, language),
          hits: rate.hits,
          of: rate.of,
        })
      : t('rate.nobody'),
    rate.target !== null && t('rate.target', { target: percent(rate.target, language) }),
    t(`rate.status.${rate.status}`),
  ]
    .filter(Boolean)
    .join(' · ');
  return (
    <div className={isWide ? styles.wide : styles.line} title={said}>
      <span className={styles.name}>{name}</span>
      <span className={styles.value}>{rate.rate === null ? '–' : percent(rate.rate, language)}</span>
      <span className={`${styles.mark} ${styles[rate.status]}`} aria-hidden="true">
        {isKnown ? marks[rate.status] : ''}
      </span>
      <span className={styles.bar} aria-hidden="true">
        {isKnown && (
          <span
            className={styles.range}
            style={{ left: at(rate.low), right: `calc(100% - ${at(rate.high)})` }}
          />
        )}
        {rate.rate !== null && <span className={styles.point} style={{ left: at(rate.rate) }} />}
        {rate.target !== null && <span className={styles.target} style={{ left: at(rate.target) }} />}
      </span>
      <span className={isWide ? styles.said : 'spoken'}>{said}</span>
    </div>
  );
}
