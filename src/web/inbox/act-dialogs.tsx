import { useState } from 'react';
import { useDuty, useHandBack } from '../api/queries.ts';
import { serverNow } from '../api/server-clock.ts';
import type { HandBackPreview, Me, Thread } from '../api/shapes.ts';
import { AskDialog } from '../parts/ask-dialog.tsx';
import { Button } from '../parts/button.tsx';
import { SelectField, TextField } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { weekdayTime } from '../time.ts';
import { useWords } from '../words.ts';
import styles from './act-dialogs.module.css';
import { useOwnership, type DialogName } from './acts.ts';
import { ChannelBadge } from './channel-badge.tsx';
import { TagsDialog } from './tags-dialog.tsx';

interface Props {
  me: Me;
  thread: Thread;
  onClose: () => void;
  onResolved: () => void;
}

function Preview({ preview, zone }: { preview: HandBackPreview; zone: string }) {
  const { t, known, language } = useWords();
  const { next, held } = preview;
  return (
    <>
      {next ? (
        <figure className={styles.next}>
          <figcaption>
            <ChannelBadge channel={next.channel} />{' '}
            {t('handback.next', { at: weekdayTime(next.at, language, zone) })}
          </figcaption>
          <blockquote>{next.text}</blockquote>
        </figure>
      ) : (
        <p>{t('handback.nothing')}</p>
      )}
      {held.length > 0 && (
        <div>
          <h3 className={styles.small}>{t('handback.held')}</h3>
          <ul className={styles.held}>
            {held.map((step, index) => (
              <li key={step.stepId ?? index}>
                {step.channel && <ChannelBadge channel={step.channel} />}
                <strong>{step.title ?? step.stepId}</strong>
                {step.at && <span>{weekdayTime(step.at, language, zone)}</span>}
                {(step.fate ?? step.reason) && (
                  <span>
                    {known(
                      `fate.${step.fate}`,
                      known(`reason.${step.reason ?? step.fate}`, step.fate ?? step.reason ?? ''),
                    )}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

/** What the coach wants of the bot: go on here, go elsewhere in the talk, later, or be done. */
type Intent = 'here' | 'onward' | 'later' | 'end';

function Intents({
  intent,
  places,
  onChoose,
}: {
  intent: Intent;
  places: number;
  onChoose: (intent: Intent) => void;
}) {
  const { t } = useWords();
  const all: readonly Intent[] = ['here', ...(places > 0 ? (['onward'] as const) : []), 'later', 'end'];
  return (
    <fieldset className={styles.intents}>
      <legend className="spoken">{t('handback.intent')}</legend>
      {all.map((name) => (
        <label key={name}>
          <input type="radio" name="intent" checked={name === intent} onChange={() => onChoose(name)} />
          {t(`handback.intents.${name}`)}
        </label>
      ))}
    </fieldset>
  );
}

function HandBackDialog(props: Props) {
  const { thread, onClose } = props;
  const { t, known } = useWords();
  const [intent, setIntent] = useState<Intent>('here');
  const [place, setPlace] = useState<string | null>(null);
  const whole = useHandBack(thread.row.id, null).data?.onward ?? [];
  const places = whole.filter(({ kind }) => kind !== 'end');
  const end = whole.find(({ kind }) => kind === 'end')?.to ?? null;
  const to = intent === 'onward' ? (place ?? places[0]?.to ?? null) : intent === 'end' ? end : null;
  const { data: preview, error, refetch, isPlaceholderData } = useHandBack(thread.row.id, to);
  const change = useOwnership(thread.row, onClose);
  const confirm = (): void => {
    if (preview)
      change.mutate({ verb: 'handback', rev: preview.rev, body: { to } }, { onError: () => void refetch() });
  };
  if (intent === 'later') return <SnoozeDialog {...props} />;
  return (
    <AskDialog
      title={t('handback.title')}
      confirm={t('handback.confirm')}
      isBusy={!preview || isPlaceholderData || change.isPending}
      onConfirm={confirm}
      onClose={onClose}
    >
      {whole.length > 0 && <Intents intent={intent} places={places.length} onChoose={setIntent} />}
      {intent === 'onward' && (
        <SelectField
          label={t('handback.place')}
          value={to ?? ''}
          onChange={(event) => setPlace(event.target.value)}
        >
          {places.map(({ to: node, kind }) => (
            <option key={node} value={node}>
              {t(`handback.kind.${kind}`, { name: known(`talk.${node}`, node) })}
            </option>
          ))}
        </SelectField>
      )}
      {error && <Notice tone="bad">{t('handback.failed')}</Notice>}
      {preview ? <Preview preview={preview} zone={thread.artist.zone} /> : !error && <Skeleton lines={4} />}
    </AskDialog>
  );
}

const hourMs = 3_600_000;

function snoozeChoices(now: number): readonly { readonly key: string; readonly at: Date }[] {
  const tonight = new Date(now);
  tonight.setHours(18, 0, 0, 0);
  const tomorrow = new Date(now);
  tomorrow.setDate(tomorrow.getDate() + 1);
  tomorrow.setHours(9, 0, 0, 0);
  const monday = new Date(now);
  monday.setDate(monday.getDate() + ((8 - monday.getDay()) % 7 || 7));
  monday.setHours(9, 0, 0, 0);
  return [
    { key: 'hour', at: new Date(now + hourMs) },
    ...(tonight.getTime() > now + hourMs ? [{ key: 'tonight', at: tonight }] : []),
    { key: 'tomorrow', at: tomorrow },
    { key: 'monday', at: monday },
  ];
}

const localInput = (at: number): string =>
  new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function SnoozeDialog({ thread, onClose }: Props) {
  const { t, language } = useWords();
  const [now] = useState(serverNow);
  const change = useOwnership(thread.row, onClose);
  const snooze = (until: Date): void =>
    change.mutate({ verb: 'snooze', body: { until: until.toISOString() } });
  const confirm = (fields: FormData): void => {
    const until = new Date(String(fields.get('until')));
    if (!Number.isNaN(until.getTime())) snooze(until);
  };
  return (
    <AskDialog
      title={t('snooze.title')}
      confirm={t('snooze.confirm')}
      isBusy={change.isPending}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p className={styles.small}>{t('snooze.lead')}</p>
      <div className={styles.choices}>
        {snoozeChoices(now).map(({ key, at }) => (
          <Button key={key} disabled={change.isPending} onClick={() => snooze(at)}>
            {t(`snooze.${key}`)} <span className={styles.small}>{weekdayTime(at.getTime(), language)}</span>
          </Button>
        ))}
      </div>
      <TextField
        label={t('snooze.until')}
        name="until"
        type="datetime-local"
        min={localInput(now)}
        defaultValue={localInput(now + 24 * hourMs)}
        required
      />
    </AskDialog>
  );
}

const resolutions = ['answered', 'booked', 'declined', 'no_answer_needed', 'other'] as const;

function ResolveDialog({ thread, onClose, onResolved }: Props) {
  const { t } = useWords();
  const hasDraft = Boolean(thread.drafts.reply);
  const change = useOwnership(thread.row, () => {
    onClose();
    onResolved();
  });
  const confirm = (fields: FormData): void => {
    const more = String(fields.get('more')).trim();
    change.mutate({ verb: 'resolve', body: { why: more === '' ? String(fields.get('why')) : more } });
  };
  return (
    <AskDialog
      title={t('resolve.title')}
      confirm={t('resolve.confirm')}
      isBusy={change.isPending}
      onConfirm={confirm}
      onClose={onClose}
    >
      {hasDraft && <Notice tone="late">{t('resolve.draft')}</Notice>}
      <SelectField label={t('resolve.why')} name="why" autoFocus>
        {resolutions.map((name) => (
          <option key={name} value={name}>
            {t(`reason.${name}`)}
          </option>
        ))}
      </SelectField>
      <TextField label={t('resolve.more')} name="more" maxLength={200} />
    </AskDialog>
  );
}

function TransferDialog({ me, thread, onClose }: Props) {
  const { t } = useWords();
  const { data: duty } = useDuty();
  const change = useOwnership(thread.row, onClose);
  const others = (duty?.coaches ?? []).filter(
    ({ id }) => id !== me.coach.id && id !== thread.row.own.ownerId,
  );
  const confirm = (fields: FormData): void =>
    change.mutate({
      verb: 'transfer',
      body: { to: String(fields.get('to')), why: String(fields.get('why')).trim() },
    });
  return (
    <AskDialog
      title={t('transfer.title')}
      confirm={t('transfer.confirm')}
      isBusy={others.length === 0 || change.isPending}
      onConfirm={confirm}
      onClose={onClose}
    >
      {others.length === 0 && <Notice tone="late">{t('transfer.nobody')}</Notice>}
      <SelectField label={t('transfer.to')} name="to" autoFocus>
        {others.map(({ id, name, status }) => (
          <option key={id} value={id}>
            {status ? t('transfer.coach', { name, status: t(`me.statuses.${status}`) }) : name}
          </option>
        ))}
      </SelectField>
      <TextField label={t('transfer.why')} name="why" required maxLength={200} />
    </AskDialog>
  );
}

function ThreadTags({ thread, onClose }: Props) {
  return <TagsDialog thread={thread} onClose={onClose} />;
}

const dialogs = {
  tags: ThreadTags,
  handback: HandBackDialog,
  snooze: SnoozeDialog,
  resolve: ResolveDialog,
  transfer: TransferDialog,
};

export function ActDialog({ name, ...props }: Props & { name: DialogName }) {
  const Chosen = dialogs[name];
  return <Chosen {...props} />;
}
