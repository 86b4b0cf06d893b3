import { useState } from 'react';
import { Link } from 'wouter';
import { Crash } from '../crash.tsx';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Failed, Skeleton } from '../parts/skeleton.tsx';
import { useWords } from '../words.ts';
import { ClockBar } from './clock-bar.tsx';
import { EnterDialog } from './enter-dialog.tsx';
import { Mailbox } from './mailbox.tsx';
import { Phone } from './phone.tsx';
import { useSandbox, useSandboxStream } from './queries.ts';
import type { Address, Phone as PhoneOf, SandboxState } from './shapes.ts';
import styles from './sandbox-page.module.css';
import { Tour } from './tour.tsx';

const kept = 'mona.phones';
const firstShown = 2;

const isPhone = (address: Address): address is PhoneOf => address.channel !== 'email';

/** One text phone and one with WhatsApp, of two people where there are two. */
function firstPhones(phones: readonly PhoneOf[]): readonly string[] {
  const lea = phones.find(({ key }) => key === 'lea-sms') ?? phones[0];
  const other = phones.find(
    ({ channel, contactId }) => channel === 'whatsapp' && contactId !== lea?.contactId,
  );
  return [lea, other].flatMap((phone) => (phone ? [phone.key] : [])).slice(0, firstShown);
}

/** Which phones lie on the table, kept in this browser. */
function useTable(
  phones: readonly PhoneOf[],
): readonly [readonly string[], (ids: readonly string[]) => void] {
  const [ids, setIds] = useState<readonly string[]>(
    () => localStorage.getItem(kept)?.split(' ').filter(Boolean) ?? firstPhones(phones),
  );
  const put = (next: readonly string[]): void => {
    localStorage.setItem(kept, next.join(' '));
    setIds(next);
  };
  return [ids, put];
}

function AddPhone({ phones, onAdd }: { phones: readonly PhoneOf[]; onAdd: (id: string) => void }) {
  const { t } = useWords();
  if (phones.length === 0) return null;
  return (
    <select
      className={styles.add}
      value=""
      aria-label={t('sandbox.add')}
      onChange={(event) => event.target.value && onAdd(event.target.value)}
    >
      <option value="">{t('sandbox.add')}</option>
      {phones.map((phone) => (
        <option key={phone.key} value={phone.key}>
          {t('sandbox.phoneOf', { name: phone.name, channel: t(`channel.short.${phone.channel}`) })}
        </option>
      ))}
    </select>
  );
}

function Table({ state }: { state: SandboxState }) {
  const { t } = useWords();
  const phones = state.phones.filter(isPhone);
  const [ids, setIds] = useTable(phones);
  const [isEntering, setIsEntering] = useState(false);
  const shown = ids.flatMap((id) => phones.filter(({ key }) => key === id));
  const others = phones.filter(({ key }) => !ids.includes(key));
  return (
    <>
      <header className={styles.head}>
        <Link href="/inbox/todo" className={styles.back} aria-label={t('page.toInbox')}>
          <Icon name="back" />
        </Link>
        <h1>{t('sandbox.title')}</h1>
        <ClockBar />
        <div className={styles.tools}>
          <AddPhone phones={others} onAdd={(id) => setIds([...ids, id])} />
          <Button look="primary" icon="bolt" onClick={() => setIsEntering(true)}>
            {t('sandbox.enter.title')}
          </Button>
        </div>
      </header>
      <Tour />
      <main className={styles.table}>
        {shown.map((phone) => (
          <Crash key={phone.key}>
            <Phone phone={phone} onClose={() => setIds(ids.filter((id) => id !== phone.key))} />
          </Crash>
        ))}
        <div className={styles.mail}>
          <Crash>
            <Mailbox />
          </Crash>
        </div>
      </main>
      {isEntering && <EnterDialog state={state} onClose={() => setIsEntering(false)} />}
    </>
  );
}

/** The world outside, on one table: phones, a mailbox and a clock. Only where no real carrier is. */
export function SandboxPage() {
  const { t } = useWords();
  const { data: state, error, refetch } = useSandbox();
  useSandboxStream();
  return (
    <div className={styles.page}>
      {state ? (
        <Table state={state} />
      ) : error ? (
        <Failed what={t('problem.sandbox')} error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton />
      )}
    </div>
  );
}
