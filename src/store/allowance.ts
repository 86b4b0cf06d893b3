import type { AnyBulkWriteOperation, ClientSession, Collection, Document } from 'mongodb';
import { addDays, localDate } from '../core/calendar.ts';
import type { Policy } from '../core/library.ts';
import type { Channel } from '../core/vocabulary.ts';
import type { AllowanceDoc } from './allowances.ts';

const keptDays = 8;
const rollingDays = 7;
const dayMs = 86_400_000;

/** One place under the cap, asked for. */
export interface Take {
  readonly contactId: string;
  /** The outbox row's id: a row holds one place however often it is claimed. */
  readonly key: string;
  readonly channel: Channel;
  readonly at: Date;
  readonly zone: string;
  readonly cap: Policy['cap'];
}

/**
 * Takes places under the cap (lifecycle.md §8), by updates that count what is there: two claims of one contact can never
 * both take the last place. Answers with the keys that hold one. One round trip to take, one to look, however many.
 */
export async function takeAllowances(
  collection: Collection<AllowanceDoc>,
  takes: readonly Take[],
  session: ClientSession,
): Promise<Set<string>> {
  if (takes.length === 0) return new Set();
  const writes: AnyBulkWriteOperation<AllowanceDoc>[] = takes.map((take) => ({
    updateOne: {
      filter: { _id: take.contactId },
      update: [{ $set: { sends: sendsAfter(take) } }],
      upsert: true,
    },
  }));
  await collection.bulkWrite(writes, { session });
  const held = await collection
    .find({ _id: { $in: takes.map(({ contactId }) => contactId) } }, { session, hint: { _id: 1 } })
    .toArray();
  const keys = new Set(held.flatMap(({ sends }) => sends.map(({ key }) => key)));
  return new Set(takes.map(({ key }) => key).filter((key) => keys.has(key)));
}

/** Gives places back: the carrier surely did not take these messages. */
export async function giveBackAllowances(
  collection: Collection<AllowanceDoc>,
  places: readonly { readonly contactId: string; readonly key: string }[],
): Promise<void> {
  if (places.length === 0) return;
  await collection.bulkWrite(
    places.map(({ contactId, key }) => ({
      updateOne: { filter: { _id: contactId }, update: { $pull: { sends: { key } } } },
    })),
    { ordered: false },
  );
}

function sendsAfter(take: Take): Document {
  const { key, channel, at, zone } = take;
  const send = { key, channel, at, on: localDate(at, zone) };
  const recent = {
    $filter: {
      input: { $ifNull: ['$sends', []] },
      cond: { $gt: ['$$this.at', new Date(at.getTime() - keptDays * dayMs)] },
    },
  };
  return {
    $let: {
      vars: { kept: recent },
      in: {
        $cond: [
          { $and: [{ $not: [{ $in: [{ $literal: key }, '$$kept.key'] }] }, ...hasPlace(take)] },
          { $concatArrays: ['$$kept', [{ $literal: send }]] },
          '$$kept',
        ],
      },
    },
  };
}

/** `null` = no limit; `0` = none may leave. */
function hasPlace({ channel, at, zone, cap }: Take): Document[] {
  const today = localDate(at, zone);
  const weekFrom = addDays(today, 1 - rollingDays);
  const own = cap.byChannel[channel] ?? { day: null, week: null };
  const conditions = [...below([channel], today, weekFrom, own)];
  if (cap.together.channels.includes(channel)) {
    conditions.push(...below(cap.together.channels, today, weekFrom, cap.together));
    conditions.push({
      $eq: [
        0,
        sizeWhere(cap.together.channels, {
          $gt: ['$$this.at', new Date(at.getTime() - cap.together.apartMs)],
        }),
      ],
    });
  }
  return conditions;
}

function below(
  channels: readonly string[],
  today: string,
  weekFrom: string,
  most: { day: number | null; week: number | null },
): Document[] {
  return [
    ...(most.day === null ? [] : [{ $lt: [sizeWhere(channels, { $eq: ['$$this.on', today] }), most.day] }]),
    ...(most.week === null
      ? []
      : [{ $lt: [sizeWhere(channels, { $gte: ['$$this.on', weekFrom] }), most.week] }]),
  ];
}

const sizeWhere = (channels: readonly string[], condition: Document): Document => ({
  $size: {
    $filter: { input: '$$kept', cond: { $and: [{ $in: ['$$this.channel', [...channels]] }, condition] } },
  },
});
