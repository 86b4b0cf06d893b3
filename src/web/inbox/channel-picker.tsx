import { useNow } from '../api/server-clock.ts';
import { channels, type Channel, type Thread } from '../api/shapes.ts';
import { Icon } from '../parts/icon.tsx';
import { useWords } from '../words.ts';
import styles from './composer.module.css';

const written: readonly Channel[] = channels.filter((channel) => channel !== 'push');

/** Where the artist wrote last, if one may answer there. */
export function firstChannel(thread: Thread): Channel {
  const open = written.filter((channel) => thread.can[channel] === true);
  const last = thread.items.findLast(({ kind }) => kind === 'in')?.channel ?? thread.row.channel;
  // Nothing is open: a window that a template still opens goes before a channel that never was.
  const shut = written.find((channel) => {
    const can = thread.can[channel];
    return can !== true && can?.reason === 'window_closed';
  });
  return open.find((channel) => channel === last) ?? open[0] ?? shut ?? last ?? 'sms';
}

/** Code of the reason why a channel may not be used, or null. */
export function useRefusal(thread: Thread, channel: Channel): string | null {
  const now = useNow(5000);
  const can = thread.can[channel];
  const closesAt = channel === 'whatsapp' ? thread.windows.whatsapp?.closesAt : undefined;
  if (can === true) return closesAt && Date.parse(closesAt) <= now ? 'window_closed' : null;
  return can?.reason ?? 'no_address';
}

export function ChannelPicker({
  thread,
  channel,
  onPick,
}: {
  thread: Thread;
  channel: Channel;
  onPick: (channel: Channel) => void;
}) {
  const { t, known } = useWords();
  const nameOf = (name: Channel): string => {
    const can = thread.can[name];
    if (can === true) return t(`channel.${name}`);
    const why = can ? known(`reason.${can.reason}`, can.reason) : t('reason.no_address');
    return t('composer.unavailable', { channel: t(`channel.${name}`), why });
  };
  return (
    <label className={styles.picker}>
      <span className="spoken">{t('composer.channel')}</span>
      <Icon name={channel} />
      <select value={channel} onChange={(event) => onPick(event.target.value as Channel)}>
        {written.map((name) => (
          <option key={name} value={name} disabled={thread.can[name] !== true}>
            {nameOf(name)}
          </option>
        ))}
      </select>
    </label>
  );
}
