import { Link } from 'wouter';
import { useNow } from '../api/server-clock.ts';
import type { Flag, Queue, Row } from '../api/shapes.ts';
import { Icon } from '../parts/icon.tsx';
import { clockTime, dayMonth, isSameDay, span } from '../time.ts';
import { useWords } from '../words.ts';
import { ChannelBadge } from './channel-badge.tsx';
import { DueClock, WindowClock } from './due-clock.tsx';
import styles from './thread-row.module.css';

interface Props {
  row: Row;
  queue: Queue;
  isOpen: boolean;
  isFocusable: boolean;
  /** It no longer belongs to the queue, and stays only because the list is being read. */
  isGone: boolean;
  isSelected: boolean;
  ownId: string;
  onFocus: () => void;
}

const windowSoonMs = 5 * 3_600_000;

function Age({ row }: { row: Row }) {
  const { t, language } = useWords();
  const now = useNow(15_000);
  if (row.waitingSince) {
    const waited = span(now - Date.parse(row.waitingSince), language);
    return (
      <span className={styles.waited} title={t('row.waitingFor', { span: waited })}>
        {waited}
      </span>
    );
  }
  if (!row.lastAt) return null;
  return (
    <time className={styles.age} dateTime={row.lastAt}>
      {isSameDay(row.lastAt, now) ? clockTime(row.lastAt, language) : dayMonth(row.lastAt, language)}
    </time>
  );
}

function FlagMark({ flag }: { flag: Flag }) {
  const { t } = useWords();
  return (
    <span className={styles.flag}>
      <Icon name={flag === 'unsure' ? 'unsure' : 'failed'} />
      {t(`flag.${flag}`)}
    </span>
  );
}

function Preview({ row, ownId }: { row: Row; ownId: string }) {
  const { t } = useWords();
  const typing = row.viewers.find((viewer) => viewer.mode === 'typing' && viewer.id !== ownId);
  if (typing)
    return <em className={styles.typing}>{t('presence.typing', { name: typing.name ?? t('who.coach') })}</em>;
  if (!row.preview) return <span className={styles.preview}>{t('row.silent')}</span>;
  const { who } = row.preview;
  const text = row.preview.text || t('row.attachment');
  return (
    <span className={styles.preview}>
      {row.draft && <span className={styles.draft}>{t('row.draft')} </span>}
      {who === 'artist' ? t('row.quote', { text }) : t(`row.${who}`, { text })}
    </span>
  );
}

/** What of this row asks for haste; one thing at a time. */
function Urgency({ row, ownId }: { row: Row; ownId: string }) {
  const now = useNow(60_000);
  const [flag] = row.flags;
  if (row.due) return <DueClock due={row.due} />;
  if (flag) return <FlagMark flag={flag} />;
  if (row.window && Date.parse(row.window.closesAt) - now < windowSoonMs)
    return <WindowClock closesAt={row.window.closesAt} />;
  if (row.own.ownerId && row.own.ownerId !== ownId)
    return <span className={styles.owner}>{row.own.ownerName}</span>;
  return null;
}

/** One artist in the list: who, where, since when, what was said last, how soon. */
export function ThreadRow({ row, queue, isOpen, isFocusable, isGone, isSelected, ownId, onFocus }: Props) {
  const { t } = useWords();
  const looks = [
    styles.row,
    isGone && styles.gone,
    isSelected && styles.selected,
    Boolean(row.unread) && styles.unread,
  ];
  return (
    <Link
      href={`/inbox/${queue}/${encodeURIComponent(row.id)}`}
      className={looks.filter(Boolean).join(' ')}
      aria-current={isOpen ? 'true' : undefined}
      tabIndex={isFocusable ? 0 : -1}
      data-row={row.id}
      onFocus={onFocus}
    >
      <span className={styles.line}>
        {isSelected && (
          <span className={styles.mark}>
            <Icon name="sent" />
            <span className="spoken">{t('bulk.selected')}</span>
          </span>
        )}
        <span className={styles.name}>{row.name}</span>
        {row.vip && <span className={styles.vip}>{t('row.vip')}</span>}
        {row.channel && <ChannelBadge channel={row.channel} />}
        <Age row={row} />
      </span>
      <span className={styles.line}>
        <Preview row={row} ownId={ownId} />
        <Urgency row={row} ownId={ownId} />
      </span>
      {Boolean(row.unread) && <span className="spoken">{t('row.unread')}</span>}
    </Link>
  );
}
