import { useEffect, useState } from 'react';
import { useNow } from '../api/server-clock.ts';
import type { Row } from '../api/shapes.ts';
import { Icon } from '../parts/icon.tsx';
import { countdown, span } from '../time.ts';
import { useWords } from '../words.ts';
import styles from './due-clock.module.css';

type Due = NonNullable<Row['due']>;

const soonMs = 5 * 60_000;
const secondsFromMs = 10 * 60_000;

/** The clock of the first human word: always a word beside the colour. */
export function DueClock({ due }: { due: Due }) {
  const { t, language } = useWords();
  const now = useNow(1000);
  const left = Date.parse(due.at) - now;
  const isOver = left <= 0;
  const tone = isOver ? styles.bad : left < soonMs ? styles.late : styles.calm;
  const text = isOver
    ? t('due.over', { span: span(left, language) })
    : t(`due.${due.kind}`, { time: countdown(left, language) });
  return (
    <span className={`${styles.due} ${tone}`}>
      <Icon name="clock" />
      <span>{text}</span>
    </span>
  );
}

/** What is left of WhatsApp's 24 hours: green, amber under 5 h, red under 1 h. */
export function WindowClock({ closesAt }: { closesAt: string }) {
  const { t, language } = useWords();
  const [isNear, setIsNear] = useState(false);
  const left = Date.parse(closesAt) - useNow(isNear ? 1000 : 15_000);
  // The last minutes are told by the second.
  useEffect(() => setIsNear(left < secondsFromMs), [left]);
  const hours = left / 3_600_000;
  const tone = hours < 1 ? styles.bad : hours < 5 ? styles.late : styles.good;
  return (
    <span className={`${styles.due} ${tone}`} title={t('window.title')}>
      <span>{left <= 0 ? t('window.closed') : t('window.open', { time: countdown(left, language) })}</span>
    </span>
  );
}
