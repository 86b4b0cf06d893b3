import { useId, useState } from 'react';
import { useNow } from '../api/server-clock.ts';
import type { InItem, NoteItem, OutItem } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { clockTime, isSameTime } from '../time.ts';
import { useWords } from '../words.ts';
import styles from './bubble.module.css';
import { ChannelBadge } from './channel-badge.tsx';
import { MediaView } from './media-view.tsx';
import type { NameOf } from './names.ts';
import { StatusTick } from './status-tick.tsx';
import { WhyPanel } from './why-panel.tsx';

export type Said = InItem | OutItem | NoteItem;

interface Props {
  item: Said;
  artist: { readonly name: string; readonly zone: string };
  nameOf: NameOf;
  /** The same voice as just above: its name is not said again. */
  isFollowing: boolean;
  isFresh: boolean;
  isWhyOpen: boolean;
  /** Id of the button that was tapped. */
  tapped: string | null;
  onWhy: () => void;
  onUndo: (item: OutItem) => void;
  onReuse: (text: string) => void;
}

const longText = 420;

function Time({ at, zone }: { at: string; zone: string }) {
  const { t, language } = useWords();
  const own = clockTime(at, language);
  const theirs = isSameTime(at, zone) ? null : clockTime(at, language, zone);
  return (
    <time dateTime={at} title={theirs ? t('time.there', { time: theirs }) : undefined}>
      {theirs ? t('time.both', { own, theirs }) : own}
    </time>
  );
}

function Text({ text }: { text: string }) {
  const { t } = useWords();
  const [isWhole, setIsWhole] = useState(false);
  const isLong = text.length > longText;
  return (
    <>
      <p className={isLong && !isWhole ? `${styles.text} ${styles.clipped}` : styles.text}>{text}</p>
      {isLong && (
        <button
          type="button"
          className={styles.more}
          aria-expanded={isWhole}
          onClick={() => setIsWhole(!isWhole)}
        >
          {t(isWhole ? 'bubble.less' : 'bubble.more')}
        </button>
      )}
    </>
  );
}

function Buttons({ item, tapped }: { item: OutItem; tapped: string | null }) {
  const { t } = useWords();
  if (!item.buttons?.length) return null;
  return (
    <ul className={styles.buttons} aria-label={t('bubble.buttons')}>
      {item.buttons.map(({ id, label }) => (
        <li key={id} className={id === tapped ? styles.tapped : undefined}>
          {id === tapped && <Icon name="sent" />}
          {label}
          {id === tapped && <span className="spoken">{t('bubble.tapped')}</span>}
        </li>
      ))}
    </ul>
  );
}

/** Offered for eight seconds, while the message has not left. */
function Undo({ item, onUndo }: { item: OutItem; onUndo: (item: OutItem) => void }) {
  const { t } = useWords();
  const left = Date.parse(item.undoUntil ?? '') - useNow(500);
  const isOver = Number.isNaN(left) || left <= 0 || item.status !== 'queued';
  if (isOver) return null;
  return (
    <Button isSmall look="quiet" onClick={() => onUndo(item)}>
      {t('bubble.undo', { seconds: Math.ceil(left / 1000) })}
    </Button>
  );
}

function Trouble({ item, onReuse }: { item: OutItem; onReuse: (text: string) => void }) {
  const { t, known } = useWords();
  const isTrouble = item.status === 'failed' || item.status === 'unsure' || item.status === 'blocked';
  if (!isTrouble) return null;
  const isWritten = item.by !== 'bot' && item.text && item.reason !== 'undone';
  return (
    <div className={styles.trouble}>
      <span>
        {item.status === 'unsure'
          ? t('bubble.unsure')
          : item.reason
            ? known(`reason.${item.reason}`, item.reason)
            : ''}
      </span>
      {isWritten && item.status !== 'unsure' && (
        <Button isSmall onClick={() => onReuse(item.text ?? '')}>
          {t('bubble.reuse')}
        </Button>
      )}
    </div>
  );
}

function speaker(item: Said, artist: string, nameOf: NameOf): string {
  if (item.kind === 'in') return artist;
  return nameOf(item.by, item.byName);
}

function lookOf(item: Said): string | undefined {
  if (item.kind === 'in') return styles.artist;
  if (item.kind === 'note') return styles.note;
  return item.by === 'bot' ? styles.bot : styles.coach;
}

/** One thing said: ours to the left, the artist's to the right, as on the artist's own phone. */
export function Bubble({
  item,
  artist,
  nameOf,
  isFollowing,
  isFresh,
  isWhyOpen,
  tapped,
  onWhy,
  onUndo,
  onReuse,
}: Props) {
  const { t } = useWords();
  const whyId = useId();
  const looks = [styles.entry, lookOf(item), isFollowing && styles.following, isFresh && styles.fresh];
  return (
    <article className={looks.filter(Boolean).join(' ')} data-item={item.id}>
      <header className={styles.head}>
        {item.kind === 'note' && <Icon name="note" />}
        <span className={styles.who}>{speaker(item, artist.name, nameOf)}</span>
        {item.kind === 'note' && <span>{t('bubble.note')}</span>}
        {item.channel && item.kind !== 'note' && <ChannelBadge channel={item.channel} />}
      </header>
      <div className={styles.bubble}>
        {item.kind === 'out' && item.subject && <p className={styles.subject}>{item.subject}</p>}
        {item.kind === 'in' && item.button && <span className={styles.tap}>{t('bubble.tap')}</span>}
        {item.text && <Text text={item.text} />}
        {item.kind === 'in' &&
          item.media?.map((media, place) => <MediaView key={place} {...media} by={artist.name} />)}
        {item.kind === 'out' && item.file && <MediaView {...item.file} by={nameOf(item.by, item.byName)} />}
        {item.kind === 'out' && <Buttons item={item} tapped={tapped} />}
      </div>
      <footer className={styles.foot}>
        <Time at={item.at} zone={artist.zone} />
        {item.kind === 'out' && <StatusTick status={item.status} />}
        {item.kind === 'out' && (item.segments ?? 0) > 1 && (
          <span>{t('bubble.segments', { count: item.segments ?? 0 })}</span>
        )}
        {item.kind !== 'note' && (
          <button
            type="button"
            className={styles.why}
            aria-expanded={isWhyOpen}
            aria-controls={whyId}
            aria-label={t('why.title')}
            title={t('why.title')}
            onClick={onWhy}
          >
            <Icon name="why" />
          </button>
        )}
        {item.kind === 'out' && <Undo item={item} onUndo={onUndo} />}
      </footer>
      {item.kind === 'out' && <Trouble item={item} onReuse={onReuse} />}
      {isWhyOpen && <WhyPanel itemId={item.id} id={whyId} />}
    </article>
  );
}
