import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { toast } from '../parts/toasts.tsx';
import { MediaView } from '../inbox/media-view.tsx';
import { problemText } from '../inbox/problem.ts';
import { clockTime, dayName, isSameDay } from '../time.ts';
import { useWords } from '../words.ts';
import { Notifications } from './notifications.tsx';
import { PhoneFaults } from './phone-faults.tsx';
import { PhoneForm } from './phone-form.tsx';
import { Linked } from './linked.tsx';
import styles from './phone.module.css';
import { usePhone, useSay } from './queries.ts';
import type { InboundFaults, Phone as PhoneOf, PhoneMessage, Said } from './shapes.ts';

const isMine = ({ direction }: PhoneMessage): boolean => direction === 'out';

type PhoneButton = NonNullable<PhoneMessage['buttons']>[number];

interface MessageProps {
  message: PhoneMessage;
  quoted: PhoneMessage | null;
  /** Whose phone it is. */
  owner: string;
  onTap: (button: PhoneButton) => void;
  onQuote: () => void;
}

function Message({ message, quoted, owner, onTap, onQuote }: MessageProps) {
  const { t, known, language } = useWords();
  const mine = isMine(message);
  const looks = [styles.message, mine && styles.mine, !message.hasArrived && styles.lost];
  return (
    <li className={looks.filter(Boolean).join(' ')}>
      <div className={styles.bubble}>
        {quoted && <p className={styles.quoted}>{quoted.text}</p>}
        {message.hasArrived &&
          message.media?.map(({ url, type }) => (
            <MediaView key={url} url={url} type={type} by={mine ? owner : t('product')} />
          ))}
        {message.text !== '' && (
          <p className={styles.body}>
            <Linked text={message.text} />
          </p>
        )}
      </div>
      {!mine && message.buttons && message.buttons.length > 0 && (
        <div className={styles.buttons}>
          {message.buttons.map((button) => (
            <Button key={button.id} isSmall onClick={() => onTap(button)}>
              {button.title}
            </Button>
          ))}
        </div>
      )}
      <p className={styles.meta}>
        <time dateTime={message.at}>{clockTime(message.at, language)}</time>
        {message.byCarrier && <span>{t('sandbox.byCarrier')}</span>}
        <span>{known(`sandbox.status.${message.status}`, message.status)}</span>
        {message.errorCode && <span>{message.errorCode}</span>}
        {!mine && (
          <Button
            isSmall
            look="quiet"
            icon="reply"
            aria-label={t('sandbox.quote')}
            title={t('sandbox.quote')}
            onClick={onQuote}
          />
        )}
      </p>
    </li>
  );
}

function Messages({
  messages,
  owner,
  onTap,
  onQuote,
}: {
  messages: readonly PhoneMessage[];
  owner: string;
  onTap: (message: PhoneMessage, button: PhoneButton) => void;
  onQuote: (message: PhoneMessage) => void;
}) {
  const { t, language } = useWords();
  const box = useRef<HTMLOListElement>(null);
  const toEnd = (): void => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  };
  // Braces: what an effect returns is called, and a scroll returns a promise.
  useEffect(() => {
    toEnd();
  }, [messages.length]);
  return (
    <ol
      ref={box}
      className={styles.messages}
      aria-live="polite"
      tabIndex={0}
      aria-label={t('sandbox.messages')}
      // A picture has its size only once it is there.
      onLoadCapture={toEnd}
    >
      {messages.length === 0 && <li className={styles.empty}>{t('sandbox.silent')}</li>}
      {messages.map((message, index) => {
        const before = messages[index - 1];
        const isNewDay = !before || !isSameDay(before.at, message.at);
        return [
          isNewDay && (
            <li key={`day-${message.sid}`} className={styles.day}>
              {dayName(message.at, language)}
            </li>
          ),
          <Message
            key={message.sid}
            message={message}
            owner={owner}
            quoted={messages.find(({ sid }) => sid === message.repliedTo) ?? null}
            onTap={(button) => onTap(message, button)}
            onQuote={() => onQuote(message)}
          />,
        ];
      })}
    </ol>
  );
}

/** One phone of the cast, as its owner sees it. */
export function Phone({ phone, onClose }: { phone: PhoneOf; onClose: () => void }) {
  const words = useWords();
  const { t } = words;
  const { data: messages = [] } = usePhone(phone);
  const say = useSay(phone);
  const [quoted, setQuoted] = useState<PhoneMessage | null>(null);
  const [faults, setFaults] = useState<InboundFaults>({});
  const send = (said: Said): void =>
    say.mutate({ ...said, faults }, { onError: (error) => toast(problemText(error, words)) });
  return (
    <section
      className={styles.phone}
      aria-label={t('sandbox.phoneOf', { name: phone.name, channel: t(`channel.${phone.channel}`) })}
    >
      <header className={styles.head}>
        <Icon name={phone.channel} />
        <div className={styles.who}>
          <h2>{phone.name}</h2>
          <p>
            {t(`channel.${phone.channel}`)} · {phone.address}
          </p>
        </div>
        <Link href={`/inbox/all/${encodeURIComponent(phone.contactId)}`} className={styles.link}>
          {t('sandbox.thread')}
        </Link>
        <Button isSmall look="quiet" icon="close" aria-label={t('sandbox.putAway')} onClick={onClose} />
      </header>
      <Messages
        messages={messages}
        owner={phone.name}
        onTap={(message, { id, title }) =>
          send({ text: title, repliedTo: message.sid, button: { payload: id, text: title } })
        }
        onQuote={setQuoted}
      />
      {quoted && (
        <p className={styles.quoting}>
          <span>{quoted.text}</span>
          <Button
            isSmall
            look="quiet"
            icon="close"
            aria-label={t('sandbox.noQuote')}
            onClick={() => setQuoted(null)}
          />
        </p>
      )}
      <PhoneForm
        name={phone.name}
        isBusy={say.isPending}
        onSay={(said) => {
          send({ ...said, ...(quoted && { repliedTo: quoted.sid }) });
          setQuoted(null);
        }}
      />
      <div className={styles.quick}>
        {['OUI', 'NON', 'HELP', 'STOP', 'START'].map((word) => (
          <Button key={word} isSmall onClick={() => send({ text: word })}>
            {word}
          </Button>
        ))}
      </div>
      <Notifications phone={phone} />
      <PhoneFaults phone={phone} onFaults={setFaults} />
    </section>
  );
}
