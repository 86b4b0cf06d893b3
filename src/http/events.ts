import { timingSafeEqual, createHash } from 'node:crypto';
import express, { Router, type RequestHandler } from 'express';
import { z } from 'zod';
import type { TrackedEvent } from '../core/flow/event.ts';
import { badRequest, unauthorized, type Issue } from '../errors.ts';

/** Segment's shape of a person's traits: the ones that fill fields, others are kept beside. */
export interface Identity {
  readonly userId: string;
  readonly traits: Readonly<Record<string, unknown>>;
}

export interface EventDoors {
  readonly apiKey: string;
  readonly now: () => Date;
  /** Resolves once the event's arrival is stored with majority. */
  readonly track: (userId: string, event: TrackedEvent, identity: Identity | null) => Promise<unknown>;
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
  return {
    id: incoming.messageId,
    name: incoming.type === 'track' ? incoming.event : 'identify',
    properties: incoming.type === 'track' ? incoming.properties : incoming.traits,
    occurredAt: occurredAt(incoming, receivedAt),
    ...(incoming.context?.historical ? { historical: true } : {}),
  };
}

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

function read(event: unknown, index: number): { readonly incoming: Incoming } | { readonly issues: Issue[] } {
  if (Buffer.byteLength(JSON.stringify(event)) > mostBytes)
    return { issues: [{ path: `batch[${String(index)}]`, message: 'larger than 64 KB' }] };
  const parsed = eventSchema.safeParse(event);
  if (parsed.success) return { incoming: parsed.data };
  return {
    issues: parsed.error.issues.map(({ path, message }) => ({
      path: [`batch[${String(index)}]`, ...path.map(String)].join('.'),
      message,
    })),
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function bearer(apiKey: string): RequestHandler {
  const expected = digest(`Bearer ${apiKey}`);
  return (request, _response, next) => {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected))
      throw unauthorized('bad_api_key', 'Send the API key as "Authorization: Bearer …".');
    next();
  };
}

/** `POST /v1/events`: product events in, idempotent by messageId; the good ones of a batch are kept. */
export function events({ apiKey, now, track }: EventDoors): Router {
  const router = Router();
  router.post('/events', bearer(apiKey), express.json({ limit: '1mb' }), async (request, response) => {
    const receivedAt = now();
    const readings = eventsIn(request.body).map(read);
    const good = readings.flatMap((reading) => ('incoming' in reading ? [reading.incoming] : []));
    const issues = readings.flatMap((reading) => ('issues' in reading ? reading.issues : []));
    if (good.length === 0 && issues.length > 0)
      throw badRequest('no_good_event', 'No event of this request could be read.', { issues });
    await Promise.all(
      good.map((incoming) =>
        track(
          incoming.userId,
          trackedOf(incoming, receivedAt),
          incoming.type === 'identify' ? { userId: incoming.userId, traits: incoming.traits } : null,
        ),
      ),
    );
    response.status(202).json({ accepted: good.length, ...(issues.length > 0 ? { issues } : {}) });
  });
  return router;
}
