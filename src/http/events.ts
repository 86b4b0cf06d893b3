import express, { Router, type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { issuesOfEvent, normalised } from '../core/event-shape.ts';
import type { TrackedEvent } from '../core/flow/event.ts';
import { badRequest, unauthorized, type Issue } from '../errors.ts';
import type { ApiScope } from '../store/api-keys.ts';
import { limitKey } from './limits.ts';

/** A person and the traits that the request tells of them: the ones that fill fields, others are kept beside. */
export interface Identity {
  readonly userId: string;
  readonly traits: Readonly<Record<string, unknown>>;
}

export interface EventDoors {
  /** What the bearer of a key may send; null for one that is no key. */
  readonly scopesOf: (key: string) => Promise<readonly ApiScope[] | null>;
  readonly now: () => Date;
  /** Resolves once the arrivals of this person's events, in this order, are stored with majority. */
  readonly track: (identity: Identity, events: readonly TrackedEvent[]) => Promise<unknown>;
}

const instant = z.iso
  .datetime({ offset: true, error: 'an ISO 8601 instant with its zone, such as 2026-03-02T17:04:00Z' })
  .transform((text) => new Date(text));

const common = {
  userId: z.string().min(1).max(200),
  messageId: z.string().min(1).max(200),
  timestamp: instant,
  sentAt: instant.optional(),
  context: z.looseObject({ historical: z.boolean().optional() }).optional(),
};

const eventSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('identify'), traits: z.record(z.string(), z.unknown()), ...common }),
  z.looseObject({
    type: z.literal('track'),
    event: z.string().min(1).max(200),
    properties: z.record(z.string(), z.unknown()).default({}),
    ...common,
  }),
]);

type Incoming = z.infer<typeof eventSchema>;

const mostInBatch = 1000;
const mostBytes = 64 * 1024;
const mostAheadMs = 5 * 60_000;

/** The instant it happened: the client's clock corrected by what it was off when it sent; never ahead of ours by more than 5 min. */
function occurredAt({ timestamp, sentAt }: Incoming, receivedAt: Date): Date {
  const corrected = sentAt
    ? timestamp.getTime() - (sentAt.getTime() - receivedAt.getTime())
    : timestamp.getTime();
  return new Date(corrected > receivedAt.getTime() + mostAheadMs ? receivedAt.getTime() : corrected);
}

function trackedOf(incoming: Incoming, receivedAt: Date): TrackedEvent {
  const properties = incoming.type === 'track' ? incoming.properties : incoming.traits;
  return {
    id: incoming.messageId,
    name: incoming.type === 'track' ? incoming.event : 'identify',
    properties: normalised(properties) as TrackedEvent['properties'],
    occurredAt: occurredAt(incoming, receivedAt),
    ...(incoming.context?.historical ? { historical: true } : {}),
  };
}

const isBatch = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'batch' in body && body.batch !== undefined;

function eventsIn(body: unknown): readonly unknown[] {
  if (typeof body !== 'object' || body === null)
    throw badRequest('no_event', 'Send one event, or an array of events under "batch".');
  const { batch } = body as { batch?: unknown };
  if (batch === undefined) return [body];
  if (!Array.isArray(batch)) throw badRequest('batch_not_array', '"batch" must be an array of events.');
  if (batch.length > mostInBatch)
    throw badRequest(
      'batch_too_long',
      `A batch takes at most ${String(mostInBatch)} events; this one has ${String(batch.length)}.`,
    );
  return batch as unknown[];
}

type Reading = { readonly incoming: Incoming } | { readonly issues: readonly Issue[] };

/** A place in the request, as the caller counts it: a single event has no index. */
const placeOf = (index: number | null, path: readonly PropertyKey[]): string =>
  [...(index === null ? [] : [`batch[${String(index)}]`]), ...path.map(String)].join('.');

function read(event: unknown, index: number | null, scopes: readonly ApiScope[]): Reading {
  if (Buffer.byteLength(JSON.stringify(event)) > mostBytes)
    return { issues: [{ path: placeOf(index, []), message: 'larger than 64 KB' }] };
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success)
    return {
      issues: parsed.error.issues.map(({ path, message }) => ({ path: placeOf(index, path), message })),
    };
  const incoming = parsed.data;
  if (!scopes.includes(incoming.type))
    return {
      issues: [{ path: placeOf(index, ['type']), message: `this key may not send ${incoming.type}` }],
    };
  const issues = incoming.type === 'track' ? issuesOfEvent(incoming.event, incoming.properties) : [];
  if (issues.length === 0) return { incoming };
  return { issues: issues.map(({ path, message }) => ({ path: placeOf(index, [path]), message })) };
}

/** The good ones by person, in the order sent: who is looked up once, and what happened to them keeps its order. */
function byPerson(good: readonly Incoming[]): ReadonlyMap<string, readonly Incoming[]> {
  const people = new Map<string, Incoming[]>();
  for (const incoming of good) {
    const own = people.get(incoming.userId);
    if (own) own.push(incoming);
    else people.set(incoming.userId, [incoming]);
  }
  return people;
}

const traitsOf = (events: readonly Incoming[]): Identity['traits'] =>
  Object.assign({}, ...events.map((event) => (event.type === 'identify' ? event.traits : {}))) as Record<
    string,
    unknown
  >;

/** Notes what the bearer may send, or 401. */
function bearer(scopesOf: EventDoors['scopesOf']): RequestHandler {
  return async (request, response, next) => {
    const [, key] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
    const scopes = key === undefined ? null : await scopesOf(key);
    if (!scopes) throw unauthorized('bad_api_key', 'Send the API key as "Authorization: Bearer …".');
    response.locals.scopes = scopes;
    next();
  };
}

/** `POST /v1/events`: product events in, idempotent by messageId; the good ones of a batch are kept. */
export function events({ scopesOf, now, track }: EventDoors): Router {
  const router = Router();
  const door = [limitKey(), bearer(scopesOf), express.json({ limit: '1mb' })];
  router.post('/events', ...door, async (request: Request, response: Response) => {
    const receivedAt = now();
    const { scopes } = response.locals as { scopes: readonly ApiScope[] };
    const incoming = eventsIn(request.body);
    const readings = incoming.map((event, index) =>
      read(event, isBatch(request.body) ? index : null, scopes),
    );
    const good = readings.flatMap((reading) => ('incoming' in reading ? [reading.incoming] : []));
    const issues = readings.flatMap((reading) => ('issues' in reading ? reading.issues : []));
    if (good.length === 0 && issues.length > 0)
      throw badRequest('no_good_event', 'No event of this request could be read.', { issues });
    await Promise.all(
      [...byPerson(good)].map(([userId, events]) =>
        track(
          { userId, traits: traitsOf(events) },
          events.map((event) => trackedOf(event, receivedAt)),
        ),
      ),
    );
    response.status(202).json({ accepted: good.length, ...(issues.length > 0 ? { issues } : {}) });
  });
  return router;
}
