import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import { clockTime } from '../time.ts';
import { useWords } from '../words.ts';
import styles from './notifications.module.css';
import { useSandboxAct } from './queries.ts';
import type { Phone } from './shapes.ts';

interface Notification {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly url: string;
  readonly at: string;
}

interface PushState {
  readonly isOn: boolean;
  readonly shown: readonly Notification[];
}

const netMs = 5000;
const mostShown = 5;

/** What this artist's browser was told, and whether it may be: their yes is said on their own page, as a person's would be. */
export function Notifications({ phone }: { phone: Phone }) {
  const { t, language } = useWords();
  const path = `/api/sandbox/push/${encodeURIComponent(phone.contactId)}`;
  const { data } = useQuery({
    queryKey: ['sandbox', 'push', phone.contactId],
    refetchInterval: netMs,
    queryFn: () => api<PushState>('GET', path),
  });
  const allow = useSandboxAct<boolean>(
    () => path,
    (isOn) => ({ isOn }),
  );
  const shown = data?.shown.slice(0, mostShown) ?? [];
  return (
    <details className={styles.notifications}>
      <summary>
        {t('sandbox.push.title')}
        {shown.length > 0 && <span className={styles.count}>{data?.shown.length}</span>}
      </summary>
      <label>
        <input
          type="checkbox"
          checked={data?.isOn ?? false}
          disabled={allow.isPending}
          onChange={(event) => allow.mutate(event.target.checked)}
        />
        {t('sandbox.push.allow')}
      </label>
      <ol aria-label={t('sandbox.push.title')}>
        {shown.map((one) => (
          <li key={one.id}>
            <a href={one.url} target="_blank" rel="noreferrer">
              <strong>{one.title}</strong>
              <span>{one.body}</span>
            </a>
            <time dateTime={one.at}>{clockTime(one.at, language)}</time>
          </li>
        ))}
      </ol>
    </details>
  );
}
