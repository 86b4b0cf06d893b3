import { useState, type KeyboardEvent } from 'react';
import { useLocation } from 'wouter';
import { queues } from '../api/shapes.ts';
import { Key } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { useWords } from '../words.ts';
import type { Act } from './acts.ts';
import { queueKeys } from './queue-keys.ts';
import styles from './palette.module.css';

interface Entry {
  readonly id: string;
  readonly key: string;
  readonly icon: IconName;
  readonly label: string;
  readonly unavailable: string | null;
  readonly run: () => void;
}

const folded = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Every action by its name: its key, and why it cannot be done now. */
export function Palette({ acts, onClose }: { acts: readonly Act[]; onClose: () => void }) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const [sought, setSought] = useState('');
  const [at, setAt] = useState(0);
  const goings = queues.map((queue): Entry => {
    return {
      id: queue,
      key: queueKeys[queue],
      icon: queue,
      label: t(`queue.${queue}`),
      unavailable: null,
      run: () => navigate(`/inbox/${queue}`),
    };
  });
  const entries = [...acts, ...goings].filter(({ label }) => folded(label).includes(folded(sought)));
  const chosen = entries[Math.min(at, entries.length - 1)];
  const choose = (entry: Entry | undefined): void => {
    if (!entry || entry.unavailable !== null) return;
    onClose();
    // The dialog gives focus back first, so that an action may then move it.
    setTimeout(entry.run);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((from) => Math.min(entries.length - 1, Math.max(0, from + step)));
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) choose(chosen);
  };
  return (
    <Dialog title={t('palette.title')} onClose={onClose}>
      <input
        className={styles.search}
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={chosen && `palette-${chosen.id}`}
        aria-label={t('palette.search')}
        placeholder={t('palette.search')}
        value={sought}
        onChange={(event) => {
          setSought(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="palette-list" role="listbox" aria-label={t('palette.title')}>
        {entries.map((entry) => (
          <li
            key={entry.id}
            id={`palette-${entry.id}`}
            role="option"
            aria-selected={entry === chosen}
            aria-disabled={entry.unavailable !== null}
            className={styles.entry}
            onClick={() => choose(entry)}
          >
            <Icon name={entry.icon} />
            <span>{entry.label}</span>
            {entry.unavailable && <span className={styles.why}>{entry.unavailable}</span>}
            {entry.key && <Key>{entry.key}</Key>}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
