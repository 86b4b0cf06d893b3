import { Key } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { queues } from '../api/shapes.ts';
import { useWords } from '../words.ts';
import styles from './keys-sheet.module.css';
import { queueKeys } from './queue-keys.ts';

const groups = {
  list: ['j', 'k', 'Enter', 'Esc', 'x'],
  thread: ['r', 'n', 't', 'h', 's', 'p', 'e', 'a', 'l', 'u', 'm', 'w', '.', 'z'],
  composer: ['↵', 'Shift+↵', 'Ctrl+↵', '/'],
  page: ['/', 'Ctrl+K', '?'],
} as const;

/** `/` is a search on the page and the prepared replies in the composer; a dot would part the key of the words. */
function wordOf(group: string, key: string): string {
  if (key === '/') return group === 'composer' ? 'canned' : 'search';
  return key === '.' ? 'dot' : key;
}

/** All keys on one sheet. */
export function KeysSheet({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  return (
    <Dialog title={t('keys.title')} onClose={onClose}>
      <div className={styles.sheet}>
        {Object.entries(groups).map(([group, keys]) => (
          <section key={group}>
            <h3>{t(`keys.groups.${group}`)}</h3>
            <dl>
              {keys.map((key) => (
                <div key={key}>
                  <dt>
                    <Key>{key}</Key>
                  </dt>
                  <dd>{t(`keys.does.${wordOf(group, key)}`)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>{t('queue.title')}</h3>
          <dl>
            {queues.map((queue) => (
              <div key={queue}>
                <dt>
                  <Key>{queueKeys[queue]}</Key>
                </dt>
                <dd>{t(`queue.${queue}`)}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </Dialog>
  );
}
