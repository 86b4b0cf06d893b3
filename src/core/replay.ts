import type { Arrival } from './arrival.ts';
import { openStage, play, type Cast, type Line, type Stage } from './rehearse.ts';
import type { Row, RowWords } from './row.ts';

/** A thread's past, as it came in: what a replay tells the stage. */
export interface History {
  /** Oldest first; wakes and receipts are made anew. */
  readonly arrivals: readonly Arrival[];
  /** Words of our messages that were quoted or tapped, by the carrier's id. */
  readonly quoted: ReadonlyMap<string, Pick<RowWords, 'flow' | 'key'>>;
}

/** One thing that came in, and what was said until the next. */
export interface Turn {
  readonly at: Date;
  readonly heard: string;
  /** `sms nurturing:j1-bravo: Super …`, a message each. */
  readonly said: readonly string[];
}

/** Plays a real thread again on the flows of a cast: same words, same hours. */
export function replay(cast: Cast, { arrivals, quoted }: History): readonly Turn[] {
  const told = arrivals.filter(isCue);
  const [first] = told;
  if (!first) return [];
  const stage = openStage(cast, first.receivedAt);
  return told.map((arrival, n): Turn => {
    const mark = stage.lines.length;
    cue(stage, arrival, quoted);
    const next = told[n + 1]?.receivedAt;
    const end = next ?? new Date(stage.now.getTime() + restMs);
    if (end > stage.now) play(stage, { do: 'until', at: end });
    return { at: arrival.receivedAt, heard: heardOf(arrival), said: stage.lines.slice(mark).flatMap(saidOf) };
  });
}

/** How long the stage is watched after the last thing that came in: a week of the sequence. */
const restMs = 7 * 86_400_000;

type Heard = Extract<Arrival, { kind: 'inbound' | 'event' | 'coach' }>;

/** Events that our own runs emitted come of themselves. */
function isCue(arrival: Arrival): arrival is Heard {
  if (arrival.kind === 'inbound' || arrival.kind === 'coach') return true;
  return arrival.kind === 'event' && arrival.event.properties['runId'] === undefined;
}

function cue(stage: Stage, arrival: Heard, quoted: History['quoted']): void {
  if (arrival.kind === 'event') {
    const { name, properties, historical } = arrival.event;
    return play(stage, { do: 'track', name, properties, historical: historical ?? false });
  }
  if (arrival.kind === 'coach')
    return play(stage, { do: 'coach', coachId: arrival.coachId, act: actNow(stage, arrival.act) });
  const { channel, text, media, button, repliedTo, optOutType, isAutomatic } = arrival.inbound;
  const sid = repliedTo === null ? null : sidNow(stage, quoted.get(repliedTo));
  const bubble = { text, media, button, optOutType, repliedTo: sid, ...(isAutomatic ? { isAutomatic } : {}) };
  play(stage, { do: 'hear', channel, bubbles: [bubble] });
}

/** A coach acted on what stood there then; on the stage other numbers stand. */
function actNow(stage: Stage, act: Extract<Arrival, { kind: 'coach' }>['act']): typeof act {
  const numbers = {
    ...('rev' in act ? { rev: stage.thread.own.rev } : {}),
    ...('seen' in act ? { seen: stage.thread.seq } : {}),
  };
  return { ...act, ...numbers };
}

function sidNow(stage: Stage, words: Pick<RowWords, 'flow' | 'key'> | undefined): string | null {
  const same = (row: Row): boolean => row.words?.flow === words?.flow && row.words?.key === words?.key;
  return (words && [...stage.rows.values()].findLast((row) => row.sid && same(row))?.sid) ?? null;
}

function heardOf(arrival: Heard): string {
  if (arrival.kind === 'event') return arrival.event.name;
  if (arrival.kind === 'coach') return `coach ${arrival.act.do}`;
  const { button, text, media } = arrival.inbound;
  return button ? `[${button.payload}]` : text || `(${String(media.length)} media)`;
}

function saidOf(line: Line): string[] {
  if (line.kind !== 'out' || line.row.by !== 'bot') return [];
  const { channel, words, body } = line.row;
  return [
    `${channel} ${words ? `${words.flow}:${words.key}` : '–'}: ${body.subject ? `${body.subject} · ` : ''}${body.text}`,
  ];
}

/** A turn that the two answer differently. */
export interface Difference {
  readonly turn: Turn;
  readonly was: readonly string[];
  readonly is: readonly string[];
}

/** What one cast says and the other does not, turn by turn; what both say alike is left out. */
export function differences(before: readonly Turn[], after: readonly Turn[]): readonly Difference[] {
  return before.flatMap((turn, n) => {
    const said = after[n]?.said ?? [];
    const was = turn.said.filter((one) => !said.includes(one));
    const is = said.filter((one) => !turn.said.includes(one));
    return was.length === 0 && is.length === 0 ? [] : [{ turn, was, is }];
  });
}
