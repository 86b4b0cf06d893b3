import { useState, type FormEvent } from 'react';
import { useNow } from '../api/server-clock.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { Icon } from '../parts/icon.tsx';
import { toast } from '../parts/toasts.tsx';
import { problemText } from '../inbox/problem.ts';
import { weekdayTime } from '../time.ts';
import { useWords } from '../words.ts';
import styles from './clock-bar.module.css';
import { useSandboxAct } from './queries.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** `to` is an instant, or `next`: the next message that is planned. */
type Jump = { readonly byMs: number } | { readonly to: string };

const localInput = (at: number): string =>
  new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function DateDialog({
  now,
  onGo,
  onClose,
}: {
  now: number;
  onGo: (jump: Jump) => void;
  onClose: () => void;
}) {
  const { t } = useWords();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const to = new Date(String(new FormData(event.currentTarget).get('to')));
    if (Number.isNaN(to.getTime())) return;
    onGo({ to: to.toISOString() });
    onClose();
  };
  return (
    <Dialog
      title={t('sandbox.clock.goTo')}
      onClose={onClose}
      actions={
        <Button type="submit" form="sandbox-date" look="primary">
          {t('sandbox.clock.go')}
        </Button>
      }
    >
      <form id="sandbox-date" onSubmit={submit}>
        <TextField
          label={t('sandbox.clock.date')}
          hint={t('sandbox.clock.forward')}
          name="to"
          type="datetime-local"
          min={localInput(now)}
          defaultValue={localInput(now + dayMs)}
          required
        />
      </form>
    </Dialog>
  );
}

/** The sandbox's clock: only forward, and what it skips is played through the real pipeline. */
export function ClockBar() {
  const words = useWords();
  const { t, language } = words;
  const now = useNow(1000);
  const [isOpen, setIsOpen] = useState(false);
  const move = useSandboxAct<Jump>(
    () => '/api/sandbox/clock',
    (jump) => jump,
  );
  const go = (jump: Jump): void =>
    move.mutate(jump, { onError: (error) => toast(problemText(error, words)) });
  return (
    <div className={styles.clock} role="group" aria-label={t('sandbox.clock.title')}>
      <p className={styles.now} aria-busy={move.isPending}>
        <Icon name="clock" />
        <time dateTime={new Date(now).toISOString()}>
          {move.isPending ? t('sandbox.clock.moving') : weekdayTime(now, language)}
        </time>
      </p>
      <Button disabled={move.isPending} onClick={() => go({ byMs: 2 * hourMs })}>
        {t('sandbox.clock.hours', { count: 2 })}
      </Button>
      {[1, 7, 14].map((days) => (
        <Button key={days} disabled={move.isPending} onClick={() => go({ byMs: days * dayMs })}>
          {t('sandbox.clock.days', { count: days })}
        </Button>
      ))}
      <Button icon="skip" disabled={move.isPending} onClick={() => go({ to: 'next' })}>
        {t('sandbox.clock.next')}
      </Button>
      <Button disabled={move.isPending} onClick={() => setIsOpen(true)}>
        {t('sandbox.clock.goTo')}
      </Button>
      {isOpen && <DateDialog now={now} onGo={go} onClose={() => setIsOpen(false)} />}
    </div>
  );
}
