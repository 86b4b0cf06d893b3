import type { Channel } from '../core/vocabulary.ts';
import { notFound } from '../errors.ts';
import { contactOf } from '../store/contacts.ts';
import { nameOf, type Desk } from './rows.ts';

export interface ArtistView {
  readonly id: string;
  readonly name: string;
  readonly locale: string;
  readonly register: 'tu' | 'vous' | null;
  readonly zone: string;
  readonly plan: number | null;
  readonly planSince: Date | null;
  readonly mona: {
    readonly score: number;
    readonly start: number | null;
    readonly delta: number | null;
  } | null;
  readonly points: number;
  readonly genre: string | null;
  readonly city: string | null;
  readonly consents: readonly {
    readonly channel: Channel;
    readonly marketing: 'granted' | 'withdrawn' | 'none';
    readonly at: Date | null;
    readonly source: string | null;
  }[];
  readonly addresses: readonly {
    readonly channel: Channel;
    readonly value: string;
    readonly suppressed: boolean;
    readonly blocked: boolean;
  }[];
  readonly runs: readonly {
    readonly flow: string;
    readonly step: number;
    readonly of: number;
    readonly goalDeadline: Date | null;
    readonly phase: string;
  }[];
  readonly events: readonly { readonly name: string; readonly at: Date }[];
  readonly coach: { readonly id: string; readonly name: string } | null;
  readonly tags: readonly string[];
}

const shownChannels = ['sms', 'whatsapp', 'email'] as const;
/** Reasons that end an answer by a person too (lifecycle.md §7). On mail a stop ends marketing only. */
const silencing: Readonly<Record<string, readonly string[]>> = {
  sms: ['stop', 'invalid', 'blocked', 'bounce', 'provider_21610', 'erasure'],
  whatsapp: ['stop', 'invalid', 'blocked', 'bounce', 'provider_21610', 'erasure'],
  email: ['invalid', 'blocked', 'bounce', 'erasure'],
};

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The artist's card (inbox.md §9). */
export async function readArtist({ store, library }: Desk, contactId: string): Promise<ArtistView> {
  const [doc, addresses, consents, runs, events, coaches] = await Promise.all([
    store.contacts.findOne({ _id: contactId }),
    store.addresses.find({ contactId }).toArray(),
    store.consents.find({ contactId, purpose: 'marketing' }).sort({ at: 1 }).toArray(),
    store.runs.find({ contactId, open: true }).toArray(),
    store.events.find({ contactId }).sort({ occurredAt: -1 }).limit(3).toArray(),
    store.coaches.find({}, { projection: { name: 1 } }).toArray(),
  ]);
  if (!doc) throw notFound('no_such_contact', 'There is no contact with this id.');
  const contact = contactOf(doc);
  const ids = addresses.map(({ channel, value }) => store.suppressionId(channel, value));
  const suppressions = new Map(
    (await store.suppressions.find({ _id: { $in: ids } }).toArray()).map((one) => [
      one._id,
      Object.keys(one.reasons),
    ]),
  );
  const coach = coaches.find(({ _id }) => _id === contact.coachId);
  return {
    id: contactId,
    name: nameOf(doc) ?? '',
    locale: contact.locale,
    register: contact.register ?? null,
    zone: contact.zone,
    plan: contact.plan ?? null,
    planSince: contact.planSince ?? null,
    mona: contact.mona
      ? {
          score: contact.mona.score,
          start: contact.mona.start ?? null,
          delta: contact.mona.start === undefined ? null : contact.mona.score - contact.mona.start,
        }
      : null,
    points: contact.points,
    genre: textOf(contact.traits.genre),
    city: textOf(contact.traits.city),
    consents: shownChannels.map((channel) => {
      const last = consents.findLast((record) => record.channel === channel);
      return {
        channel,
        marketing: !last ? 'none' : last.action === 'granted' ? 'granted' : 'withdrawn',
        at: last?.at ?? null,
        source: last?.source ?? null,
      };
    }),
    addresses: addresses.map(({ channel, value, providerBlocked }) => ({
      channel,
      value,
      suppressed: (suppressions.get(store.suppressionId(channel, value)) ?? []).some((reason) =>
        silencing[channel]?.includes(reason),
      ),
      blocked: Boolean(providerBlocked),
    })),
    runs: runs.flatMap((run) => {
      const flow = library.flow(run.flow, run.version);
      return flow?.kind === 'sequence'
        ? [
            {
              flow: run.flow,
              step: Object.keys(run.done).length,
              of: flow.steps.length,
              goalDeadline: run.goalDeadline,
              phase: run.phase,
            },
          ]
        : [];
    }),
    events: events.map(({ name, occurredAt }) => ({ name, at: occurredAt })),
    coach: coach ? { id: coach._id, name: coach.name } : null,
    tags: contact.tags,
  };
}
