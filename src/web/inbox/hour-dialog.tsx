import { useState, type ReactNode } from 'react';
import { serverNow } from '../api/server-clock.ts';
import { AskDialog } from '../parts/ask-dialog.tsx';
import { Button } from '../parts/button.tsx';
import { TextField } from '../parts/field.tsx';
import { daysToMonday, fromWall, thereAt, toWall } from '../there.ts';
import { isSameTime, weekdayTime, zoneName } from '../time.ts';
import { useWords } from '../words.ts';
import styles from './act-dialogs.module.css';

interface Props {
  title: string;
  lead: string;
  confirm: string;
  /** The artist's: hours are theirs. */
  zone: string;
  /** Offered before the day's usual hours. */
  first?: ReactNode;
  onPick: (at: Date) => void;
  onClose: () => void;
}

const dayMs = 86_400_000;

function choices(now: number, zone: string): readonly { readonly key: string; readonly at: Date }[] {
  const all = [
    { key: 'tonight', at: thereAt(now, zone, 0, 18) },
    { key: 'tomorrow', at: thereAt(now, zone, 1, 9) },
    { key: 'monday', at: thereAt(now, zone, daysToMonday(now, zone), 9) },
  ];
  return all.filter(
    ({ at }, index) => at.getTime() > now && all.findIndex((one) => +one.at === +at) === index,
  );
}

/** Asks for an hour, by the artist's clock: the usual ones at one touch, any other in a field. */
export function HourDialog({ title, lead, confirm, zone, first, onPick, onClose }: Props) {
  const { t, language } = useWords();
  const [now] = useState(serverNow);
  const [isPast, setIsPast] = useState(false);
  const place = isSameTime(now, zone) ? '' : ` ${zoneName(now, language, zone)}`;
  const confirmHour = (fields: FormData): void => {
    const at = fromWall(String(fields.get('at')), zone);
    if (at && at.getTime() > serverNow()) onPick(at);
    else setIsPast(true);
  };
  return (
    <AskDialog title={title} confirm={confirm} onConfirm={confirmHour} onClose={onClose}>
      <p className={styles.small}>{lead}</p>
      {first}
      <div className={styles.choices}>
        {choices(now, zone).map(({ key, at }) => (
          <Button key={key} onClick={() => onPick(at)}>
            {t(`hour.${key}`)}{' '}
            <span className={styles.small}>
              {weekdayTime(at.getTime(), language, zone)}
              {place}
            </span>
          </Button>
        ))}
      </div>
      <TextField
        label={t('hour.at')}
        hint={isPast ? t('hour.past') : t('hour.theirs', { zone })}
        aria-invalid={isPast}
        name="at"
        type="datetime-local"
        min={toWall(now, zone)}
        defaultValue={toWall(thereAt(now + dayMs, zone, 0, 9).getTime(), zone)}
        required
      />
    </AskDialog>
  );
}
