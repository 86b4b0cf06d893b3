import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client.ts';
import { threadPath } from '../api/queries.ts';
import type { Thread } from '../api/shapes.ts';
import { AskDialog } from '../parts/ask-dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { Failed, Skeleton } from '../parts/skeleton.tsx';
import { useWords } from '../words.ts';
import { WindowClock } from './due-clock.tsx';
import styles from './template-dialog.module.css';

interface DeskTemplate {
  readonly key: string;
  readonly name: string;
  readonly text: string;
  readonly variables: readonly { readonly path: string; readonly value: string | null }[];
}

type Fields = Readonly<Record<string, string>>;

/** What the coach chose: the template, what they filled in, and the text as it will read. */
export interface Chosen {
  readonly key: string;
  readonly fields: Fields;
  readonly text: string;
}

const place = /(\{\{\s*[^{}]+?\s*\}\})/u;
const pathOf = (part: string): string | null => /^\{\{\s*([^{}]+?)\s*\}\}$/u.exec(part)?.[1] ?? null;

const valueOf = ({ variables }: DeskTemplate, fields: Fields, path: string): string | null =>
  variables.find((variable) => variable.path === path)?.value ?? (fields[path]?.trim() || null);

const filledText = (template: DeskTemplate, fields: Fields): string =>
  template.text
    .split(place)
    .map((part) => {
      const path = pathOf(part);
      return path === null ? part : (valueOf(template, fields, path) ?? part);
    })
    .join('');

/** The text as it will read: what is known stands out, what is missing is named in its place. */
function Preview({ template, fields }: { template: DeskTemplate; fields: Fields }) {
  const { t, known } = useWords();
  return (
    <blockquote className={styles.preview}>
      {template.text.split(place).map((part, index) => {
        const path = pathOf(part);
        if (path === null) return part;
        const value = valueOf(template, fields, path);
        return value === null ? (
          <mark key={index} className={styles.missing}>
            {t('template.missing', { name: known(`template.variable.${path.replaceAll('.', '_')}`, path) })}
          </mark>
        ) : (
          <mark key={index} className={styles.filled}>
            {value}
          </mark>
        );
      })}
    </blockquote>
  );
}

function Choice({
  template,
  isChosen,
  onChoose,
}: {
  template: DeskTemplate;
  isChosen: boolean;
  onChoose: () => void;
}) {
  const { known } = useWords();
  return (
    <label className={styles.choice}>
      <input type="radio" name="template" checked={isChosen} onChange={onChoose} />
      <span>
        <strong>{known(`template.named.${template.key}`, template.key)}</strong>
        <span className={styles.lead}>{known(`template.use.${template.key}`, '')}</span>
      </span>
    </label>
  );
}

interface Props {
  thread: Thread;
  onSend: (chosen: Chosen) => void;
  onClose: () => void;
}

/** The window of WhatsApp, and the approved messages that reach an artist once it is closed. */
export function TemplateDialog({ thread, onSend, onClose }: Props) {
  const { t, known } = useWords();
  const { data, error, refetch } = useQuery({
    queryKey: ['templates', thread.row.id],
    queryFn: () => api<{ templates: DeskTemplate[] }>('GET', `${threadPath(thread.row.id)}/templates`),
    staleTime: 0,
  });
  const [key, setKey] = useState<string | null>(null);
  const [fields, setFields] = useState<Fields>({});
  const [isAsked, setIsAsked] = useState(false);
  const templates = data?.templates ?? [];
  const chosen = templates.find((template) => template.key === key) ?? templates[0];
  const missing = chosen?.variables.filter(({ path }) => valueOf(chosen, fields, path) === null) ?? [];
  const asked = chosen?.variables.filter(({ value }) => value === null) ?? [];
  const submit = (form: HTMLFormElement): void => {
    setIsAsked(true);
    const [first] = missing;
    if (!chosen) return;
    if (first) return form.querySelector<HTMLElement>(`[name="${first.path}"]`)?.focus();
    const own = Object.fromEntries(asked.map(({ path }) => [path, fields[path]?.trim() ?? '']));
    onSend({ key: chosen.key, fields: own, text: filledText(chosen, fields) });
  };
  const window = thread.windows.whatsapp;
  return (
    <AskDialog
      title={t('template.title')}
      confirm={t('composer.send')}
      isBusy={!chosen}
      onConfirm={(_, form) => submit(form)}
      onClose={onClose}
    >
      <p className={styles.window}>
        {window ? t('template.open') : t('template.closed')}{' '}
        {window && <WindowClock closesAt={window.closesAt} />}
      </p>
      {error && <Failed what={t('template.failed')} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={5} />}
      {chosen && (
        <>
          <fieldset className={styles.choices}>
            <legend className="spoken">{t('template.choose')}</legend>
            {templates.map((template) => (
              <Choice
                key={template.key}
                template={template}
                isChosen={template === chosen}
                onChoose={() => setKey(template.key)}
              />
            ))}
          </fieldset>
          {asked.map(({ path }) => (
            <TextField
              key={path}
              label={known(`template.variable.${path.replaceAll('.', '_')}`, path)}
              name={path}
              maxLength={200}
              value={fields[path] ?? ''}
              aria-invalid={isAsked && missing.some((variable) => variable.path === path)}
              hint={
                isAsked && missing.some((variable) => variable.path === path)
                  ? t('template.fill')
                  : t('template.asRead')
              }
              onChange={(event) => setFields({ ...fields, [path]: event.target.value })}
            />
          ))}
          <Preview template={chosen} fields={fields} />
        </>
      )}
    </AskDialog>
  );
}
