import { claimScope } from '../claim.ts';
import type { World } from '../decide.ts';
import { isWindowOpen } from '../guard/window.ts';
import { render, type Unrendered } from '../render.ts';
import type { Row, RowBody, RowWords } from '../row.ts';
import type { RunState } from '../run.ts';
import type { Snapshot } from '../snapshot.ts';
import { valuesOf } from '../values.ts';
import { higher } from '../vip.ts';
import type { Channel, Locale, Moment, Register } from '../vocabulary.ts';
import { snapshotOf } from './scene.ts';

/** tu or vous: the run's experiment arm, else the artist's own, else as the source writes: vous by mail, tu elsewhere. */
export function registerOf(run: RunState | null, world: World, channel: Channel): Register {
  return run?.register ?? world.contact.register ?? (channel === 'email' ? 'vous' : 'tu');
}

/** The locale of the contact where the flow has it, else French. */
export function localeOf(world: World, run: RunState | null): Locale {
  const flow = run ? world.library.flow(run.flow, run.version) : null;
  return !flow || flow.locales.includes(world.contact.locale) ? world.contact.locale : 'fr';
}

/** Legal and common words are always the newest; a run's own are those it entered with. */
export function bundleOf(world: World, flow: string, run: RunState | null): string {
  return run && run.flow === flow ? run.words : world.library.wordsOf(flow);
}

type Composed = Pick<Row, 'channel' | 'sender' | 'class' | 'runId'>;

/** Words, with the values of this very instant, as they would leave. The same for preview, simulation and sending. */
export function compose(row: Composed, words: RowWords, world: World, moment: Moment): RowBody | Unrendered {
  const { library } = world;
  const run = world.runs.find((other) => other.id === row.runId) ?? null;
  const flow = run ? library.flow(run.flow, run.version) : null;
  const values = valuesOf({
    contact: world.contact,
    snapshot: promised(world),
    run,
    claims: claimScope(world.offers, world.contact, world.duty, moment),
    publicUrl: world.publicUrl,
    keywords: library.keywords,
    sender: row.sender,
    fields: words.fields,
    moment,
  });
  return render(words, row.channel, values, library.words(bundleOf(world, words.flow, run)), {
    class: row.class,
    fields: words.flow === flow?.id ? flow.fields : {},
    keywords: library.keywords,
    sender: row.sender,
    publicUrl: world.publicUrl,
    isWindowOpen:
      row.channel !== 'whatsapp' ||
      isWindowOpen(row, { thread: world.thread, policy: library.policy }, moment.now),
    introduces: words.introduces ?? false,
    common: library.words(library.wordsOf('common')),
    ...(run ? { asking: { flow: run.flow, words: library.words(run.words) } } : {}),
  });
}

/** While they wait, the delay that a text names is that of their handoff, which may be sooner than their plan's own. */
function promised(world: World): Snapshot {
  const snapshot = snapshotOf(world);
  return { ...snapshot, priority: higher(world.thread.own.priority, snapshot.priority) };
}

/** Key of `thread.windows`: `<channel>:<our sender>`, whether or not the sender's key already names its channel. */
export function windowKey(channel: Channel, sender: string): string {
  return sender === channel || sender.startsWith(`${channel}:`) ? sender : `${channel}:${sender}`;
}
