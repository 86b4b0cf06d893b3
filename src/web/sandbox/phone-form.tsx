import { useRef, type FormEvent } from 'react';
import { Button } from '../parts/button.tsx';
import { useWords } from '../words.ts';
import styles from './phone.module.css';
import { readBase64 } from './read-base64.ts';
import type { Said } from './shapes.ts';

interface Props {
  name: string;
  isBusy: boolean;
  onSay: (said: Pick<Said, 'text' | 'media'>) => void;
}

/** Where the phone's owner writes; what is attached goes at once, with the words that stand there. */
export function PhoneForm({ name, isBusy, onSay }: Props) {
  const { t } = useWords();
  const form = useRef<HTMLFormElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const words = (): string => (form.current ? String(new FormData(form.current).get('text')).trim() : '');
  const say = (said: Pick<Said, 'text' | 'media'>): void => {
    onSay(said);
    form.current?.reset();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (words() !== '') say({ text: words() });
  };
  const attach = async (file: File): Promise<void> =>
    say({ text: words(), media: [{ type: file.type, data: await readBase64(file) }] });
  return (
    <form ref={form} className={styles.form} onSubmit={submit}>
      <Button
        look="quiet"
        icon="clip"
        aria-label={t('sandbox.attach')}
        title={t('sandbox.attach')}
        disabled={isBusy}
        onClick={() => picker.current?.click()}
      />
      <input
        name="text"
        autoComplete="off"
        placeholder={t('sandbox.write')}
        aria-label={t('sandbox.writeAs', { name })}
      />
      <input
        ref={picker}
        type="file"
        hidden
        accept="image/*,audio/*,video/*,application/pdf"
        aria-label={t('sandbox.attach')}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file) void attach(file);
        }}
      />
      <Button type="submit" look="primary" icon="sends" aria-label={t('composer.send')} disabled={isBusy} />
    </form>
  );
}
