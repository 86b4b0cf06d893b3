import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { api } from '../api/client.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { toast } from '../parts/toasts.tsx';
import { problemText } from '../inbox/problem.ts';
import { weekdayTime } from '../time.ts';
import { useWords } from '../words.ts';
import styles from './mailbox.module.css';
import { useMail, useMails, useSandboxAct } from './queries.ts';
import type { Mail, MailHead } from './shapes.ts';

const views = ['rendered', 'text', 'headers'] as const;
type View = (typeof views)[number];

/** Links of a mail open beside the mailbox; the frame itself may run and send nothing. */
const framed = (html: string): string => `<base target="_blank">${html}`;

const headerLines = (mail: Mail): string =>
  Object.entries(mail.headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');

function Body({ mail, view }: { mail: Mail; view: View }) {
  const { t } = useWords();
  if (view === 'headers') return <pre className={styles.source}>{headerLines(mail)}</pre>;
  if (view === 'text' || !mail.html) return <pre className={styles.source}>{mail.text}</pre>;
  return (
    <iframe
      className={styles.frame}
      title={t('sandbox.mail.frame', { subject: mail.subject })}
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      srcDoc={framed(mail.html)}
    />
  );
}

function OpenMail({ head: { id, hasOneClick } }: { head: MailHead }) {
  const words = useWords();
  const { t } = words;
  const { data: mail } = useMail(id);
  const [view, setView] = useState<View>('rendered');
  const reply = useSandboxAct<string>(
    () => `/api/sandbox/mail/${encodeURIComponent(id)}/reply`,
    (text) => ({ text }),
  );
  const leave = useMutation({
    mutationFn: () =>
      api<{ status: number }>('POST', `/api/sandbox/mail/${encodeURIComponent(id)}/unsubscribe`),
    onSuccess: ({ status }) => toast(t(status < 400 ? 'sandbox.mail.left' : 'problem.status.500')),
    onError: (error) => toast(problemText(error, words)),
  });
  if (!mail) return <Skeleton lines={6} />;
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const text = String(new FormData(form).get('text')).trim();
    if (text === '') return;
    reply.mutate(text, {
      onSuccess: () => {
        form.reset();
        toast(t('sandbox.mail.replied'));
      },
      onError: (error) => toast(problemText(error, words)),
    });
  };
  return (
    <div className={styles.mail}>
      <div className={styles.views} role="group" aria-label={t('sandbox.mail.view')}>
        {views.map((name) => (
          <Button
            key={name}
            isSmall
            look={name === view ? 'plain' : 'quiet'}
            aria-pressed={name === view}
            onClick={() => setView(name)}
          >
            {t(`sandbox.mail.views.${name}`)}
          </Button>
        ))}
        {hasOneClick && (
          <Button className={styles.leave} isSmall disabled={leave.isPending} onClick={() => leave.mutate()}>
            {t('sandbox.mail.unsubscribe')}
          </Button>
        )}
      </div>
      <Body mail={mail} view={view} />
      <form className={styles.form} onSubmit={submit}>
        <input
          name="text"
          autoComplete="off"
          placeholder={t('sandbox.mail.reply')}
          aria-label={t('sandbox.mail.reply')}
        />
        <Button
          type="submit"
          look="primary"
          icon="sends"
          aria-label={t('composer.send')}
          disabled={reply.isPending}
        />
      </form>
    </div>
  );
}

/** Every mail the product sent, as its reader sees it. */
export function Mailbox() {
  const { t, language } = useWords();
  const { data: mails = [] } = useMails();
  const [opened, setOpened] = useState<string | null>(null);
  const latest = [...mails].sort((one, other) => other.at.localeCompare(one.at));
  const open = latest.find((mail) => mail.id === opened) ?? latest[0];
  return (
    <section className={styles.mailbox} aria-label={t('sandbox.mail.title')}>
      <header className={styles.head}>
        <Icon name="email" />
        <h2>{t('sandbox.mail.title')}</h2>
        <span className={styles.count}>{mails.length}</span>
      </header>
      {latest.length === 0 && <p className={styles.empty}>{t('sandbox.mail.none')}</p>}
      <ul className={styles.list}>
        {latest.map((mail) => (
          <li key={mail.id}>
            <button
              type="button"
              aria-current={mail === open ? 'true' : undefined}
              onClick={() => setOpened(mail.id)}
            >
              <span className={styles.subject}>{mail.subject}</span>
              <span className={styles.to}>
                {mail.to} · {weekdayTime(mail.at, language)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {open && <OpenMail key={open.id} head={open} />}
    </section>
  );
}
