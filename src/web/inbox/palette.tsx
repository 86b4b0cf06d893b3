import { useState } from 'react';
import { useLocation } from 'wouter';
import { queues } from '../api/shapes.ts';
import { Key } from '../parts/button.tsx';
import { Combobox } from '../parts/combobox.tsx';
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

function EntryLine({ entry }: { entry: Entry }) {
  return (
    <>
      <Icon name={entry.icon} />
      <span>{entry.label}</span>
      {entry.unavailable && <span className={styles.why}>{entry.unavailable}</span>}
      {entry.key && (
        <span className={styles.key}>
          <Key>{entry.key}</Key>
        </span>
      )}
    </>
  );
}

/** Every action by its name: its key, and why it cannot be done now. */
export function Palette({ acts, onClose }: { acts: readonly Act[]; onClose: () => void }) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const [sought, setSought] = useState('');
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
  const entries: readonly Entry[] = [...acts, ...goings];
  return (
    <Dialog title={t('palette.title')} onClose={onClose}>
      <Combobox
        label={t('palette.search')}
        name={t('palette.title')}
        typed={sought}
        onType={setSought}
        options={entries.filter(({ label }) => folded(label).includes(folded(sought)))}
        draw={(entry) => <EntryLine entry={entry} />}
        isUnavailable={({ unavailable }) => unavailable !== null}
        onChoose={(entry) => {
          onClose();
          // The dialog gives focus back first, so that an action may then move it.
          setTimeout(entry.run);
        }}
      />
    </Dialog>
  );
}
