import type { Filter } from 'mongodb';
import { heatAt, tierOf, type Tier } from '../core/scoring.ts';
import { channels, type Channel } from '../core/vocabulary.ts';
import { isVip } from '../core/vip.ts';
import { badRequest } from '../errors.ts';
import { lastSaid } from '../store/consents.ts';
import { contactOf, foldName, type ContactDoc } from '../store/contacts.ts';
import { readArtist, type ArtistView } from './artist.ts';
import { nameOf, type Desk } from './rows.ts';
import type { Count } from './sequence.ts';

export interface ContactView {
  readonly id: string;
  readonly name: string;
  readonly plan: number | null;
  readonly vip: boolean;
  readonly score: number | null;
  readonly tier: Tier;
  readonly locale: string;
  readonly country: string;
  readonly lastHumanAt: Date | null;
  readonly segments: readonly string[];
  readonly flows: readonly string[];
  /** Ways to reach them, with what marketing may do there. */
  readonly ways: readonly {
    readonly channel: Channel;
    readonly marketing: 'granted' | 'withdrawn' | 'none';
  }[];
}

export interface ContactAsk {
  readonly segment: string | null;
  readonly search: string;
  readonly after: string | null;
}

const pageSize = 60;

/** Names without case or accent by their beginning, a mail address by its beginning, a number by its end (inbox.md §12). */
async function matching({ store }: Desk, search: string): Promise<Filter<ContactDoc>> {
  const typed = search.trim();
  if (typed === '') return {};
  const begins = (text: string) => ({ $gte: text, $lt: `${text}\uffff` });
  const digits = typed.replace(/[\s.()+-]/g, '');
  const byAddress = /^\d{3,}$/.test(digits)
    ? { reversed: begins([...digits.replace(/^0/, '')].reverse().join('')) }
    : typed.includes('@')
      ? { _id: begins(`email:${typed.toLowerCase()}`) }
      : null;
  if (!byAddress) return { nameFolded: begins(foldName(typed)) };
  const found = await store.addresses
    .find(byAddress, { projection: { contactId: 1 } })
    .limit(500)
    .toArray();
  return { _id: { $in: found.map(({ contactId }) => contactId) } };
}

/** A page of people in the order of their names. */
export async function listContacts(
  desk: Desk,
  { segment, search, after }: ContactAsk,
): Promise<{ readonly rows: readonly ContactView[]; readonly next: string | null; readonly count: number }> {
  const skip = Number(after ?? 0);
  if (!Number.isInteger(skip) || skip < 0)
    throw badRequest('bad_cursor', '"after" must be the "next" of an earlier page.');
  const filter: Filter<ContactDoc> = {
    erasedAt: null,
    ...(await matching(desk, search)),
    ...(segment === null ? {} : { segments: segment }),
  };
  const [docs, count] = await Promise.all([
    desk.store.contacts
      .find(filter)
      .sort({ nameFolded: 1, _id: 1 })
      .skip(skip)
      .limit(pageSize + 1)
      .toArray(),
    desk.store.contacts.countDocuments(filter),
  ]);
  return {
    rows: await rowsOf(desk, docs.slice(0, pageSize)),
    next: docs.length > pageSize ? String(skip + pageSize) : null,
    count,
  };
}

async function rowsOf({ store, library, now }: Desk, docs: readonly ContactDoc[]): Promise<ContactView[]> {
  const of = { contactId: { $in: docs.map(({ _id }) => _id) } };
  const [addresses, consents, runs] = await Promise.all([
    store.addresses.find(of, { projection: { contactId: 1, channel: 1, value: 1 } }).toArray(),
    store.consents.find({ ...of, purpose: 'marketing' }).toArray(),
    store.runs.find({ ...of, open: true }, { projection: { contactId: 1, flow: 1 } }).toArray(),
  ]);
  return docs.map((doc) => {
    const contact = contactOf(doc);
    const own = addresses.filter(({ contactId }) => contactId === doc._id);
    const said = lastSaid(consents.filter(({ contactId }) => contactId === doc._id));
    return {
      id: doc._id,
      name: nameOf(doc) ?? own[0]?.value ?? doc._id,
      plan: contact.plan ?? null,
      vip: isVip(contact, library.policy.vip),
      score: contact.mona?.score ?? null,
      tier: tierOf(heatAt(contact.heat, now())),
      locale: contact.locale,
      country: contact.country,
      lastHumanAt: contact.lastHumanAt ?? null,
      segments: contact.segments,
      flows: [...new Set(runs.filter(({ contactId }) => contactId === doc._id).map(({ flow }) => flow))],
      ways: channels.flatMap((channel) => {
        if (!own.some((address) => address.channel === channel)) return [];
        const action = said[`${channel}:marketing`];
        return [
          { channel, marketing: !action ? 'none' : action === 'granted' ? 'granted' : 'withdrawn' } as const,
        ];
      }),
    };
  });
}

/** Every segment there is, with how many are in it, and how many people there are. */
export async function readSegments({
  store,
  library,
}: Desk): Promise<{ readonly people: number; readonly segments: readonly Count[] }> {
  const [people, counts] = await Promise.all([
    store.contacts.countDocuments({ erasedAt: null }),
    store.memberships
      .aggregate<{ _id: string; count: number }>([{ $group: { _id: '$segment', count: { $sum: 1 } } }])
      .toArray(),
  ]);
  const known = new Map(counts.map(({ _id, count }) => [_id, count]));
  const names = [...(library.segmentBook?.rules.keys() ?? [])];
  return { people, segments: names.sort().map((key) => ({ key, count: known.get(key) ?? 0 })) };
}

export interface PersonView {
  readonly artist: ArtistView;
  readonly segments: readonly { readonly key: string; readonly since: Date | null }[];
  readonly runs: readonly {
    readonly id: string;
    readonly flow: string;
    readonly version: number;
    readonly enteredAt: Date;
    readonly closedAt: Date | null;
    readonly exitReason: string | null;
    readonly done: number;
  }[];
  readonly consents: readonly {
    readonly at: Date;
    readonly channel: string;
    readonly purpose: string;
    readonly action: string;
    readonly source: string;
    readonly proof: string | null;
  }[];
  readonly decisions: readonly {
    readonly at: Date;
    readonly flow: string | null;
    readonly step: string | null;
    readonly verdict: string;
    readonly rule: string;
    readonly reason: string | null;
  }[];
  readonly ledger: readonly { readonly at: Date; readonly rule: string; readonly points: number }[];
}

const shownMost = 30;

/** All that a coach may read of one person on one page: consents with their proof, runs, the guard's answers, points. */
export async function readPerson(desk: Desk, contactId: string): Promise<PersonView> {
  const { store } = desk;
  const artist = await readArtist(desk, contactId);
  const [segments, runs, consents, decisions, ledger] = await Promise.all([
    store.memberships.find({ contactId }).sort({ segment: 1 }).toArray(),
    store.runs.find({ contactId }).sort({ enteredAt: -1 }).limit(shownMost).toArray(),
    store.consents.find({ contactId }).sort({ at: -1, order: -1 }).limit(shownMost).toArray(),
    store.decisions.find({ contactId }).sort({ at: -1 }).limit(shownMost).toArray(),
    store.scoreLedger.find({ contactId }).sort({ at: -1 }).limit(shownMost).toArray(),
  ]);
  const flowOf = new Map(runs.map(({ _id, flow }) => [_id, flow]));
  return {
    artist,
    segments: segments.map(({ segment, since }) => ({ key: segment, since })),
    runs: runs.map(({ _id, flow, version, enteredAt, closedAt, exitReason, done }) => ({
      id: _id,
      flow,
      version,
      enteredAt,
      closedAt: closedAt ?? null,
      exitReason,
      done: Object.keys(done).length,
    })),
    consents: consents.map(({ at, channel, purpose, action, source, evidence }) => ({
      at,
      channel,
      purpose,
      action,
      source,
      proof: proofOf(evidence),
    })),
    decisions: decisions.map(({ at, runId, stepKey, verdict, rule, reason }) => ({
      at,
      flow: flowOf.get(runId ?? '') ?? null,
      step: stepKey,
      verdict,
      rule,
      reason,
    })),
    ledger: ledger.map(({ at, rule, points }) => ({ at, rule, points })),
  };
}

/** What proves a consent, in one line: the words that were said, or the form. */
function proofOf(evidence: Readonly<Record<string, unknown>>): string | null {
  const said = ['text', 'form', 'page', 'file', 'inboundId'].flatMap((key) =>
    typeof evidence[key] === 'string' ? [evidence[key]] : [],
  );
  return said[0] ?? null;
}
