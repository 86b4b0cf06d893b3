import { useState, type FormEvent } from 'react';
import { isApiError } from '../api/client.ts';
import { problemText } from '../inbox/problem.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { SelectField, TextField } from '../parts/field.tsx';
import fieldStyles from '../parts/field.module.css';
import { Notice } from '../parts/notice.tsx';
import { toast } from '../parts/toasts.tsx';
import { fromWall, toWall } from '../there.ts';
import { ownZone } from '../time.ts';
import { useWords, type Words } from '../words.ts';
import { offerName, partName } from './offer-names.ts';
import styles from './offers-page.module.css';
import { factOf, partsOf, UnreadPart, type Part } from './offer-value.ts';
import { useStateOffer } from './queries.ts';
import type { Offer } from './shapes.ts';

/** Why the house did not take a fact, in words. */
export function offerRefusal(error: unknown, words: Words): string {
  const code = isApiError(error) ? error.code : null;
  return code ? words.known(`offers.reason.${code}`, problemText(error, words)) : problemText(error, words);
}

const fieldTypes = { number: 'text', text: 'text', instant: 'datetime-local' } as const;

function PartField({
  part,
  isUnread,
  onChange,
}: {
  part: Part;
  isUnread: boolean;
  onChange: (text: string) => void;
}) {
  const words = useWords();
  const { t } = words;
  const label = part.name === '' ? t('offers.value') : partName(part.name, words);
  const problem = isUnread ? t(`offers.unread.${part.kind}`) : undefined;
  const id = `offer-part-${part.name}`;
  if (part.kind === 'switch')
    return (
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={part.text === 'true'}
          onChange={(event) => onChange(String(event.target.checked))}
        />
        {label}
      </label>
    );
  if (part.kind === 'number' || part.kind === 'text' || part.kind === 'instant')
    return (
      <TextField
        label={label}
        type={fieldTypes[part.kind]}
        inputMode={part.kind === 'number' ? 'decimal' : undefined}
        value={part.text}
        onChange={(event) => onChange(event.target.value)}
        {...(problem ? { problem } : {})}
      />
    );
  return (
    <div className={fieldStyles.field}>
      <label className={fieldStyles.label} htmlFor={id}>
        {label}
      </label>
      <textarea
        id={id}
        className={fieldStyles.input}
        rows={Math.min(8, Math.max(3, part.text.split('\n').length))}
        value={part.text}
        aria-describedby={`${id}-hint`}
        aria-invalid={isUnread ? true : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      <p className={isUnread ? fieldStyles.problem : fieldStyles.hint} id={`${id}-hint`}>
        {problem ?? t(`offers.lineHint.${part.kind}`)}
      </p>
    </div>
  );
}

const ages = ['', '1h', '6h', '24h'] as const;

/** States a fact anew: what it says, how long it is trusted, when it is over. */
export function OfferDialog({
  offerKey,
  kind,
  offer,
  onClose,
}: {
  offerKey: string;
  kind: string;
  offer: Offer | null;
  onClose: () => void;
}) {
  const words = useWords();
  const { t, known } = words;
  const [parts, setParts] = useState(() => partsOf(kind, offer?.value));
  const [unread, setUnread] = useState<string | null>(null);
  const state = useStateOffer();
  const isBound = Boolean(offer?.quotedAt && offer.endsAt && offer.isLive);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const ends = isBound ? (offer?.endsAt ?? '') : String(form.get('endsAt') ?? '');
    const maxAge = String(form.get('maxAge'));
    try {
      const endsAt =
        isBound || ends === '' ? ends || null : (fromWall(ends, ownZone())?.toISOString() ?? null);
      const value = factOf(parts);
      setUnread(null);
      state.mutate(
        { key: offerKey, kind, value, endsAt, ...(maxAge === '' ? {} : { maxAge }) },
        {
          onSuccess: () => {
            toast(t('offers.saved'));
            onClose();
          },
        },
      );
    } catch (error) {
      if (!(error instanceof UnreadPart)) throw error;
      setUnread(error.part);
    }
  };
  return (
    <Dialog title={offerName(offerKey, offer?.value, words)} onClose={onClose}>
      <form className={styles.form} onSubmit={submit} noValidate>
        {parts.map((part) => (
          <PartField
            key={part.name}
            part={part}
            isUnread={unread === part.name}
            onChange={(text) =>
              setParts(parts.map((other) => (other.name === part.name ? { ...other, text } : other)))
            }
          />
        ))}
        <SelectField label={t('offers.maxAge')} hint={t('offers.maxAgeHint')} name="maxAge" defaultValue="">
          {ages.map((age) => (
            <option key={age} value={age}>
              {age === '' ? known(`offers.ownAge.${kind}`, t('offers.ownAge.other')) : t(`offers.age.${age}`)}
            </option>
          ))}
        </SelectField>
        <TextField
          label={t('offers.ends')}
          hint={t(isBound ? 'offers.endsBound' : 'offers.endsHint')}
          name="endsAt"
          type="datetime-local"
          disabled={isBound}
          defaultValue={offer?.endsAt ? toWall(Date.parse(offer.endsAt), ownZone()) : ''}
        />
        {state.error && <Notice tone="bad">{offerRefusal(state.error, words)}</Notice>}
        <div className={styles.formFoot}>
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button type="submit" look="primary" disabled={state.isPending}>
            {t('offers.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
