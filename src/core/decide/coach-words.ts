import type { CoachAct } from '../arrival.ts';
import type { Row, RowBody, RowWords } from '../row.ts';
import { carriesFiles, dropsWords, type SentFile } from '../sent-file.ts';
import type { Own } from '../thread.ts';
import { countSegments } from '../sms.ts';
import { isUnrendered } from '../render.ts';
import { moveRun } from './advance.ts';
import { refuse, refuseChanged, takeOver, type CoachArrival } from './coach.ts';
import { compose, registerOf } from './compose.ts';
import { deskWords } from './desk-template.ts';
import { judge } from './judge.ts';
import { setOwn } from './own.ts';
import { addItem, nextNumber, openRuns, setThread, worldNow, type Scene } from './scene.ts';
import { partiesOf } from './send.ts';
import { endHold } from './release.ts';

type Say = Extract<CoachAct, { do: 'say' }>;

/** What the carrier takes of a text, its name and its link included (twilio-and-whatsapp.md §1). */
const mostCharacters = 1_600;

/** A coach's words may wait that long for a window, a carrier, a network. */
const expiresMs = 24 * 3_600_000;

/**
 * A coach answers (inbox.md §4). Refused with 409 where something was said after what the coach saw, with 422 where the
 * guard does not let it leave; else the row waits for its undo. First words take the thread.
 */
export function sayAsCoach(scene: Scene, arrival: CoachArrival, act: Say): void {
  const { own, seq } = scene.thread;
  if (!act.isForced && (act.seen < seq || own.rev !== act.rev)) return refuseChanged(scene, 'changed');
  const row = rowOf(scene, arrival, act, own);
  if (!row) return refuse(scene, 'unfilled', 422, { template: act.template?.key });
  const unsayable = unsayableOf(act, row.body);
  if (unsayable) return refuse(scene, unsayable, 422, { most: mostCharacters });
  if (row.address === '') return refuse(scene, 'no_address', 422, { channel: act.channel });
  const hour = act.promiseAt ?? act.at;
  if (hour && hour <= scene.moment.now) return refuse(scene, 'snooze_past', 422, { until: hour });
  const { verdict, decisions } = judge(row, worldNow(scene), scene.moment, 'w', null);
  scene.decisions.push(...decisions);
  if (verdict.may !== 'go')
    return refuse(scene, verdict.reason, 422, {
      until: verdict.may === 'wait' ? verdict.until : null,
      rule: verdict.rule,
    });
  if (own.state !== 'coach') takeOver(scene, arrival);
  keep(scene, arrival, row);
  noteWord(scene, arrival.coachId);
  if (act.promiseAt) restUntil(scene, arrival.coachId, act.promiseAt);
  if (act.resolve) endHold(scene, 'resolved', arrival.coachId, 'resolve');
}

/** Why the carrier would not take these words as they are, or null. */
function unsayableOf({ channel, text, file }: Say, body: RowBody): 'audio_alone' | 'too_long' | null {
  if (file && text !== '' && dropsWords(channel, file)) return 'audio_alone';
  const isLong = channel !== 'email' && !body.template && body.text.length > mostCharacters;
  return isLong ? 'too_long' : null;
}

/** A promise holds the thread until its hour, and its clock runs to it. */
function restUntil(scene: Scene, coachId: string, until: Date): void {
  const rest = { state: 'snoozed', snooze: { until }, dueAt: until, dueKind: 'promise' } as const;
  setOwn(scene, { ...rest, ownerId: coachId }, coachId, 'promise');
}

interface Worded {
  readonly words: RowWords | null;
  readonly body: RowBody;
}

/** The coach's own text, or an approved template; null where one of its places is empty. */
function wordsOf(
  scene: Scene,
  { coachId, coachName }: CoachArrival,
  act: Say,
  { own, sender }: { own: Own; sender: string },
): Worded | null {
  if (!act.template) {
    const isChange = own.ownerId !== coachId || own.spokeAt === null;
    const text = isChange ? withName(scene, coachName, act, sender) : act.text;
    return { words: null, body: bodyOf(text, act, sender) };
  }
  const world = worldNow(scene);
  const words = deskWords(world, act.template.key, coachName, act.template.fields);
  const body = compose(
    { channel: act.channel, sender, class: 'reply', runId: null },
    words,
    world,
    scene.moment,
  );
  // Rendered without a template, it lost a place: the carrier approved another text than that.
  return isUnrendered(body) || body.template === null ? null : { words, body };
}

function rowOf(scene: Scene, arrival: CoachArrival, act: Say, own: Own): Row | null {
  const { coachId } = arrival;
  const { now } = scene.moment;
  const parties = partiesOf(worldNow(scene), 'reply', act.channel);
  const worded = wordsOf(scene, arrival, act, { own, sender: parties.sender });
  if (!worded) return null;
  const leavesAt = act.at ?? new Date(now.getTime() + act.undoMs);
  return {
    id: `${scene.arrivalId}/${nextNumber(scene, 'row')}`,
    contactId: scene.contact.id,
    class: 'reply',
    channel: act.channel,
    ...parties,
    priority: 100,
    ...worded,
    status: 'queued',
    notBefore: leavesAt,
    expiresAt: new Date(leavesAt.getTime() + expiresMs),
    attempt: 0,
    lapses: 0,
    history: [{ at: now, status: 'queued' }],
    itemId: '',
    runId: null,
    stepKey: null,
    again: 0,
    by: coachId,
    guard: {
      exclusive: false,
      asksQuestion: false,
      expectsReply: false,
      answersAt: scene.thread.lastInbound?.at ?? null,
    },
    createdAt: now,
  };
}

/** The words, and the file as the channel takes it: itself, or a link to it. */
function bodyOf(text: string, { channel, file }: Say, sender: string): RowBody {
  const said = file ? withFile(text, file, carriesFiles(channel, sender)) : { text };
  if (channel !== 'sms') return said;
  const { segments, encoding } = countSegments(said.text);
  return { ...said, segments, encoding };
}

function withFile(text: string, { url, ...file }: SentFile, isCarried: boolean): RowBody {
  return isCarried
    ? { text, file, mediaUrl: url }
    : { text: [text, url].filter((line) => line !== '').join('\n'), file };
}

/** "Nina (MONA) : " on the first words after a change of hands. */
function withName(scene: Scene, name: string, { channel, text }: Say, sender: string): string {
  const world = worldNow(scene);
  const words: RowWords = {
    flow: 'common',
    version: 0,
    key: 'coach-prefix',
    locale: scene.contact.locale,
    register: registerOf(null, world, channel),
    fields: { coach: { name } },
    claims: [],
  };
  const body = compose({ channel, sender, class: 'reply', runId: null }, words, world, scene.moment);
  return `${isUnrendered(body) ? `${name} (MONA) :` : body.text.trimEnd()} ${text}`.trimEnd();
}

function keep(scene: Scene, { coachId }: CoachArrival, row: Row): void {
  const item = addItem(scene, {
    kind: 'out',
    channel: row.channel,
    text: row.body.text,
    rowId: row.id,
    by: coachId,
    why: { rule: 'coach' },
  });
  scene.rows.push({ ...row, itemId: item.id });
  // What the bot says of it ("résolu") follows the coach's own words, which still wait for their undo.
  scene.previousAnswer = row.id;
  setThread(scene, {
    last: {
      who: 'coach',
      text: row.body.text || (row.body.file?.name ?? ''),
      at: scene.moment.now,
      channel: row.channel,
    },
  });
}

/** A human word: nobody waits any more, and the promises of the runs are kept. */
function noteWord(scene: Scene, coachId: string): void {
  const { own } = scene.thread;
  setThread(scene, {
    waitingSince: null,
    own: { ...own, spokeAt: own.spokeAt ?? scene.moment.now, dueAt: null, dueKind: null },
  });
  for (const run of openRuns(scene)) if (run.handoff) moveRun(scene, run.id, { type: 'spoke', by: coachId });
}
