import { useState, type FormEvent } from 'react';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { SelectField, TextField } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { toast } from '../parts/toasts.tsx';
import { problemText } from '../inbox/problem.ts';
import { useWords } from '../words.ts';
import { useSandboxAct } from './queries.ts';
import type { SandboxState } from './shapes.ts';
import { starters, type Starter } from './starters.ts';

interface Entered {
  readonly userId: string;
  readonly event: string;
  readonly properties: unknown;
}

function readProperties(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text || '{}');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** What the server's own flows enter on, then the usual events. */
function startersOf(flows: SandboxState['flows']): readonly Starter[] {
  const own = flows.flatMap(({ id, event, properties }) =>
    event ? [{ id, event, properties: properties ?? {} }] : [],
  );
  const others = starters.filter(({ id }) => !own.some((flow) => flow.id === id));
  return [...new Map([...own, ...others].map((starter) => [starter.id, starter])).values()];
}

/** Tells the product that something happened to someone of the cast. */
export function EnterDialog({ state, onClose }: { state: SandboxState; onClose: () => void }) {
  const words = useWords();
  const { t, known } = words;
  const choices = startersOf(state.flows);
  const [chosen, setChosen] = useState<Starter | undefined>(choices[0]);
  const [isUnreadable, setIsUnreadable] = useState(false);
  const enter = useSandboxAct<Entered>(
    () => '/api/sandbox/enter',
    (entered) => entered,
  );
  const people = [
    ...new Map(
      state.phones.flatMap(({ userId, name }) => (userId === null ? [] : [[userId, name] as const])),
    ),
  ];
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const properties = readProperties(String(form.get('properties')));
    setIsUnreadable(properties === null);
    if (properties === null) return;
    enter.mutate(
      { userId: String(form.get('userId')), event: String(form.get('event')).trim(), properties },
      {
        onSuccess: () => {
          toast(t('sandbox.enter.done'));
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      title={t('sandbox.enter.title')}
      onClose={onClose}
      actions={
        <Button type="submit" form="sandbox-enter" look="primary" disabled={enter.isPending}>
          {t('sandbox.enter.confirm')}
        </Button>
      }
    >
      <form id="sandbox-enter" onSubmit={submit} style={{ display: 'contents' }}>
        <SelectField label={t('sandbox.enter.who')} name="userId">
          {people.map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={t('sandbox.enter.what')}
          value={chosen?.id}
          onChange={(event) => setChosen(choices.find(({ id }) => id === event.target.value))}
        >
          {choices.map(({ id, event }) => (
            <option key={id} value={id}>
              {known(`sandbox.starter.${id}`, `${known(`flow.${id}`, id)} · ${event}`)}
            </option>
          ))}
        </SelectField>
        <TextField
          key={`event-${chosen?.id}`}
          label={t('sandbox.enter.event')}
          name="event"
          defaultValue={chosen?.event}
          required
        />
        <TextField
          key={`properties-${chosen?.id}`}
          label={t('sandbox.enter.properties')}
          name="properties"
          defaultValue={JSON.stringify(chosen?.properties ?? {})}
        />
        {isUnreadable && <Notice tone="bad">{t('sandbox.enter.unreadable')}</Notice>}
        {enter.error && <Notice tone="bad">{problemText(enter.error, words)}</Notice>}
      </form>
    </Dialog>
  );
}
