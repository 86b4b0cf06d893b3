import type { Future, Row } from '../api/shapes.ts';
import { span, weekdayTime } from '../time.ts';
import type { Words } from '../words.ts';

interface Scene {
  readonly row: Row;
  readonly future: readonly Future[];
  readonly ownId: string;
  readonly now: number;
}

function botSentence({ row, future }: Scene, { t, known, language }: Words): string {
  const { run } = row;
  const [next] = future;
  const parts = [t('header.bot')];
  if (run) {
    const place = run.step === null ? '' : t('header.step', { step: run.step, of: run.of });
    const name = t('header.named', { name: run.name ?? known(`flow.${run.flow}`, run.flow) });
    parts.push([place, name].filter(Boolean).join(' '));
  } else parts.push(t('header.noRun'));
  if (next)
    parts.push(
      t('header.next', { channel: t(`channel.short.${next.channel}`), at: weekdayTime(next.at, language) }),
    );
  return parts.join(' · ');
}

function waitingSentence({ row, now }: Scene, { t, language }: Words): string {
  if (!row.waitingSince) return t('header.waiting');
  return t('header.waitingFor', { span: span(now - Date.parse(row.waitingSince), language) });
}

/** The whole state of a thread in one sentence: who speaks next. */
export function headerSentence(scene: Scene, words: Words): string {
  const { row, future, ownId } = scene;
  const { t, language } = words;
  const held = future.filter(({ heldBy }) => heldBy).length;
  const heldPart = held > 0 ? ` · ${t('header.held', { count: held })}` : '';
  switch (row.own.state) {
    case 'waiting':
      return waitingSentence(scene, words);
    case 'coach': {
      const name = row.own.ownerName ?? t('who.coach');
      return (
        t('header.coach', { name: row.own.ownerId === ownId ? t('who.you', { name }) : name }) + heldPart
      );
    }
    case 'snoozed': {
      const until = row.own.snooze?.until;
      return (
        (until ? t('header.snoozedUntil', { at: weekdayTime(until, language) }) : t('header.snoozed')) +
        heldPart
      );
    }
    case 'resolved':
      return t('header.resolved');
    case 'bot':
      return botSentence(scene, words);
  }
}
