import type { ClientSession, Document } from 'mongodb';
import { idFrom } from '../core/id.ts';
import { heatAfter, idleDue, nominalOf, ruleVersion, type Credit, type ScoreRule } from '../core/scoring.ts';
import { collectionOf } from './collection.ts';
import type { Store } from './connect.ts';

/** Append-only: `nominal` is the rule's value, `points` what was applied; their sum is the contact's total. */
export interface ScoreDoc {
  readonly _id: string;
  readonly contactId: string;
  readonly rule: ScoreRule;
  readonly ruleVersion: number;
  readonly nominal: number;
  readonly points: number;
  readonly causeId: string;
  readonly at: Date;
  /** The entry this one takes back. */
  readonly reverses?: string | null;
}

export const scoreLedger = collectionOf<ScoreDoc>(
  'scoreLedger',
  {
    contactId: String,
    rule: String,
    ruleVersion: Number,
    nominal: Number,
    points: Number,
    causeId: String,
    at: Date,
    reverses: String,
  },
  [{ key: { contactId: 1, rule: 1, causeId: 1 }, unique: true }],
);

export type ContactCredit = Credit & { readonly contactId: string };

const entryId = ({ contactId, rule, causeId }: Pick<ScoreDoc, 'contactId' | 'rule' | 'causeId'>): string =>
  idFrom('score', contactId, rule, causeId);

const halfLifeMs = 14 * 86_400_000;

const decayed = (value: Document | string, ms: Document): Document => ({
  $multiply: [value, { $pow: [2, { $divide: [{ $multiply: [-1, ms] }, halfLifeMs] }] }],
});

/** core/scoring.ts `heatAfter`, where the contact stands: nobody's older reading is written back. */
function warmed(points: number, at: Date): Document {
  const since = { $subtract: [at, '$heat.at'] };
  const later = {
    h: { $add: [decayed('$heat.h', since), points] },
    at,
    idle: { $literal: 0 },
  };
  const before = { $multiply: [points, { $pow: [2, { $divide: [since, halfLifeMs] }] }] };
  const late = { h: { $add: ['$heat.h', before] }, at: '$heat.at', idle: { $ifNull: ['$heat.idle', 0] } };
  return {
    $cond: [
      { $not: [{ $ifNull: ['$heat', false] }] },
      { h: { $literal: points }, at, idle: { $literal: 0 } },
      { $cond: [{ $gt: [since, 0] }, later, late] },
    ],
  };
}

/** Writes credits in the ledger and moves the totals by those that are new, all in the caller's transaction. */
export async function applyCredits(
  store: Store,
  credits: readonly ContactCredit[],
  session: ClientSession,
): Promise<void> {
  const gains = credits.filter(({ isReversal }) => !isReversal);
  if (gains.length > 0) await gain(store, gains, session);
  for (const credit of credits) if (credit.isReversal) await takeBack(store, credit, session);
}

async function gain(store: Store, gains: readonly ContactCredit[], session: ClientSession): Promise<void> {
  const docs = gains.map(({ contactId, rule, causeId, at }): ScoreDoc => ({
    _id: entryId({ contactId, rule, causeId }),
    contactId,
    rule,
    ruleVersion,
    nominal: nominalOf[rule],
    points: nominalOf[rule],
    causeId,
    at,
  }));
  const written = await store.scoreLedger.bulkWrite(
    docs.map(({ _id, ...born }) => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: born }, upsert: true },
    })),
    { session, ordered: true },
  );
  const isNew = new Set(Object.keys(written.upsertedIds).map(Number));
  const fresh = docs.filter((_, index) => isNew.has(index));
  if (fresh.length === 0) return;
  await store.contacts.bulkWrite(
    fresh.map(({ contactId, points, at }) => ({
      updateOne: {
        filter: { _id: contactId },
        update: [
          { $set: { points: { $add: [{ $ifNull: ['$points', 0] }, points] }, heat: warmed(points, at) } },
        ],
      },
    })),
    { session, ordered: true },
  );
}

/** A negative entry of its own, never deeper than 0; what was never counted, or was taken back before, stays. */
async function takeBack(store: Store, credit: ContactCredit, session: ClientSession): Promise<void> {
  const { contactId, rule, at } = credit;
  const reversed = await store.scoreLedger.findOne({ _id: entryId(credit), points: { $gt: 0 } }, { session });
  if (!reversed) return;
  const causeId = `rev:${reversed._id}`;
  const _id = entryId({ contactId, rule, causeId });
  if (await store.scoreLedger.findOne({ _id }, { session, projection: { _id: 1 } })) return;
  const contact = await store.contacts.findOne(
    { _id: contactId },
    { session, projection: { points: 1, heat: 1 } },
  );
  if (!contact) return;
  const points = -Math.min(reversed.points, contact.points);
  const heat = contact.heat && heatAfter(contact.heat, -reversed.points, reversed.at);
  await store.scoreLedger.insertOne(
    {
      _id,
      contactId,
      rule,
      ruleVersion,
      nominal: -reversed.nominal,
      points,
      causeId,
      at,
      reverses: reversed._id,
    },
    { session },
  );
  await store.contacts.updateOne({ _id: contactId }, { $inc: { points }, $set: { heat } }, { session });
}

/** Writes the idle weeks of these contacts that are full by now. Answers how many entries that made. */
export async function applyIdle(store: Store, contactIds: readonly string[], now: Date): Promise<number> {
  if (contactIds.length === 0) return 0;
  return store.transact(async (session) => {
    const contacts = await store.contacts
      .find({ _id: { $in: [...contactIds] } }, { session, projection: { points: 1, heat: 1 } })
      .toArray();
    const due = contacts.flatMap(({ _id, points, heat }) => {
      const entries = idleDue(points, heat, now);
      return heat && entries.length > 0 ? [{ contactId: _id, heat, entries }] : [];
    });
    if (due.length === 0) return 0;
    const docs = due.flatMap(({ contactId, entries }) =>
      entries.map(({ causeId, at, points }): ScoreDoc => ({
        _id: entryId({ contactId, rule: 'idle', causeId }),
        contactId,
        rule: 'idle',
        ruleVersion,
        nominal: nominalOf.idle,
        points,
        causeId,
        at,
      })),
    );
    await store.scoreLedger.insertMany(docs, { session });
    await store.contacts.bulkWrite(
      due.map(({ contactId, heat, entries }) => ({
        updateOne: {
          filter: { _id: contactId },
          update: {
            $inc: { points: entries.reduce((sum, { points }) => sum + points, 0) },
            $set: { 'heat.idle': (heat.idle ?? 0) + entries.length },
          },
        },
      })),
      { session },
    );
    return docs.length;
  });
}
