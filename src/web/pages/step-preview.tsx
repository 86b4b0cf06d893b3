import { useState } from 'react';
import { channels } from '../api/shapes.ts';
import { ChannelBadge } from '../inbox/channel-badge.tsx';
import { Notice } from '../parts/notice.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { languages, useWords } from '../words.ts';
import { usePreview, type Wording } from './queries.ts';
import type { Preview, Sequence, SpineStep } from './shapes.ts';
import { stepTime } from './spine.tsx';
import styles from './step-preview.module.css';

const registers = ['tu', 'vous'] as const;

function Choice({
  name,
  value,
  options,
  onChoose,
}: {
  name: string;
  value: string;
  options: readonly (readonly [value: string, label: string])[];
  onChoose: (value: string) => void;
}) {
  if (options.length < 2) return null;
  return (
    <select
      className={styles.choice}
      aria-label={name}
      value={value}
      onChange={(event) => onChoose(event.target.value)}
    >
      {options.map(([key, label]) => (
        <option key={key} value={key}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** A mail as its reader sees it; the frame may run and send nothing. */
function MailFrame({ preview }: { preview: Preview }) {
  const { t } = useWords();
  return (
    <div className={styles.mail}>
      <p className={styles.subject}>{preview.subject}</p>
      <iframe
        title={t('sandbox.mail.frame', { subject: preview.subject ?? '' })}
        sandbox=""
        srcDoc={preview.html ?? ''}
      />
    </div>
  );
}

function PhoneMock({ preview }: { preview: Preview }) {
  const { t } = useWords();
  return (
    <div className={styles.phone}>
      <p className={styles.bar}>
        <span className={styles.sender}>{t('sequence.sender')}</span>
        <ChannelBadge channel={preview.channel} />
      </p>
      <div className={styles.screen}>
        {preview.subject && <p className={styles.push}>{preview.subject}</p>}
        <p className={styles.bubble}>{preview.text}</p>
        {preview.buttons.map(({ id, label }) => (
          <span key={id} className={styles.button}>
            {label}
          </span>
        ))}
      </div>
    </div>
  );
}

function Said({ preview }: { preview: Preview }) {
  const { t, known } = useWords();
  if (preview.missing)
    return (
      <Notice tone="late">
        {known(`reason.${preview.missing.why}`, preview.missing.why)} · <code>{preview.missing.what}</code>
      </Notice>
    );
  return (
    <>
      {preview.channel === 'email' ? <MailFrame preview={preview} /> : <PhoneMock preview={preview} />}
      {preview.channel === 'sms' && (
        <p className={styles.meta}>
          {t(`sequence.encoding.${preview.encoding ?? 'gsm'}`)} ·{' '}
          {t('sequence.characters', { count: preview.characters })} ·{' '}
          {t('bubble.segments', { count: preview.segments ?? 1 })}
        </p>
      )}
    </>
  );
}

/** One message as it would leave: by channel, language, register and variant, with the facts it leans on. */
export function StepPreview({ sequence, step }: { sequence: Sequence; step: SpineStep }) {
  const { t } = useWords();
  const [wording, setWording] = useState<Wording>({
    channel: null,
    locale: 'fr',
    register: 'tu',
    variant: null,
  });
  const { data: preview } = usePreview(sequence.id, step.id, wording);
  const choose = (part: Partial<Wording>): void => setWording({ ...wording, ...part });
  return (
    <aside className={styles.preview} aria-label={t('sequence.preview')}>
      <header className={styles.head}>
        <h2>
          {stepTime(step.at, t)} · {t(`channel.${preview?.channel ?? step.channel}`)}
        </h2>
        <div className={styles.choices}>
          <Choice
            name={t('me.language')}
            value={wording.locale}
            options={languages.map((locale) => [locale, locale])}
            onChoose={(locale) => choose({ locale, variant: null })}
          />
          <Choice
            name={t('sequence.register')}
            value={wording.register}
            options={registers.map((register) => [register, t(`register.${register}`)])}
            onChoose={(register) => choose({ register })}
          />
          <Choice
            name={t('composer.channel')}
            value={wording.channel ?? step.channel}
            options={channels
              .filter((channel) => preview?.channels.includes(channel))
              .map((channel) => [channel, t(`channel.short.${channel}`)])}
            onChoose={(channel) => choose({ channel, variant: null })}
          />
          <Choice
            name={t('sequence.variant')}
            value={wording.variant ?? ''}
            options={[
              ['', t('sequence.plain')],
              ...(preview?.variants ?? []).map((name) => [name, name] as const),
            ]}
            onChoose={(variant) => choose({ variant: variant === '' ? null : variant })}
          />
        </div>
      </header>
      {preview ? <Said preview={preview} /> : <Skeleton lines={5} />}
      {preview && preview.claims.length > 0 && (
        <section>
          <h3 className={styles.small}>{t('sequence.claims')}</h3>
          <ul className={styles.claims}>
            {preview.claims.map(({ key, state }) => (
              <li key={key}>
                <span>{key}</span>
                <span className={styles[state]}>{t(`sequence.claim.${state}`)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}
