import { smsLength } from '../sms-length.ts';
import { useWords } from '../words.ts';
import styles from './composer.module.css';

/** Characters, messages, and the letter that costs one more. */
export function SmsCounter({ text }: { text: string }) {
  const { t } = useWords();
  const { characters, segments, culprit } = smsLength(text);
  if (characters === 0) return null;
  return (
    <span className={styles.counter}>
      {t('composer.counter', { characters, count: segments })}
      {culprit && (
        <span className={styles.culprit} title={t('composer.culprit', { char: culprit })}>
          {culprit}
          <span className="spoken">{t('composer.culprit', { char: culprit })}</span>
        </span>
      )}
    </span>
  );
}
