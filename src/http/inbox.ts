import express, { Router, type Response } from 'express';
import { z } from 'zod';
import type { CoachAct } from '../core/arrival.ts';
import type { Kept } from '../core/decide.ts';
import { isDeskTemplate } from '../core/decide/desk-template.ts';
import { badRequest, conflict, notFound, unprocessable } from '../errors.ts';
import type { DeskDoor } from '../pipeline/desk.ts';
import type { FileDoor } from '../pipeline/files.ts';
import type { SignedIn } from '../pipeline/sign-in.ts';
import type { Onward } from '../reports/onward.ts';
import { countQueues, listThreads, queues, readRow, rowsOf, type Desk } from '../reports/rows.ts';
import { search } from '../reports/search.ts';
import { presentItems, readItems, readThread, type ItemView } from '../reports/thread.ts';
import { readWhy } from '../reports/why.ts';
import { parseBody } from './parse.ts';
import { coachOf } from './session.ts';

export interface HandBackPreview {
  /** Where else the talk may go on. */
  readonly onward: readonly Onward[];
  readonly next: { readonly text: string; readonly channel: string; readonly at: Date } | null;
  readonly held: readonly {
    readonly stepId: string;
    readonly channel: string;
    readonly at: Date;
    readonly reason: string | null;
  }[];
}

export interface InboxDoors {
  readonly reads: Desk;
  readonly desk: DeskDoor;
  readonly files: Pick<FileDoor, 'publish'>;
  /** Writes the act down, moves it, answers what became of it. A repeat of the same `clientId` is the same act. */
  readonly act: (
    clientId: string,
    contactId: string,
    coach: SignedIn,
    act: CoachAct,
  ) => Promise<{ refusal: Kept['refusal'] }>;
  readonly previewHandBack: (
    contactId: string,
    coach: SignedIn,
    to: string | null,
  ) => Promise<HandBackPreview>;
  /** Approved messages for where WhatsApp's window is closed, with what is known of this artist. */
  readonly readTemplates: (contactId: string, coach: SignedIn) => Promise<readonly unknown[]>;
  readonly readCanned: (contactId: string, coach: SignedIn) => Promise<readonly unknown[]>;
}

const clientId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/, { error: 'a random text of 8 to 64 letters and digits' });
const rev = z.number().int().min(0);
const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const acts = {
  claim: z.strictObject({ clientId, rev }).transform(({ rev }): CoachAct => ({ do: 'claim', rev })),
  transfer: z
    .strictObject({ clientId, rev, to: z.string().min(1), why: z.string().max(300).default('') })
    .transform(({ rev, to, why }): CoachAct => ({ do: 'transfer', rev, to, why })),
  release: z.strictObject({ clientId, rev }).transform(({ rev }): CoachAct => ({ do: 'release', rev })),
  handback: z
    .strictObject({
      clientId,
      rev,
      to: z.string().nullable().default(null),
      answers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
    })
    .transform(({ rev, to, answers }): CoachAct => ({
      do: 'handBack',
      rev,
      to,
      ...(answers ? { answers } : {}),
    })),
  snooze: z
    .strictObject({ clientId, rev, until: instant, note: z.string().max(500).optional() })
    .transform(({ rev, until, note }): CoachAct => ({ do: 'snooze', rev, until, ...(note ? { note } : {}) })),
  resolve: z
    .strictObject({ clientId, rev, why: z.string().max(300).default('') })
    .transform(({ rev, why }): CoachAct => ({ do: 'resolve', rev, why })),
  undo: z.strictObject({ clientId, rev }).transform(({ rev }): CoachAct => ({ do: 'undo', rev })),
} as const;

const sayable = {
  clientId,
  channel: z.enum(['sms', 'whatsapp', 'email']),
  seen: z.number().int().min(0),
  rev,
  force: z.boolean().optional(),
};
const words = z.string().trim().min(1, { error: 'nothing to send' }).max(1_600);
const template = z.strictObject({
  key: z.string().refine(isDeskTemplate, { error: 'a template of this thread' }),
  fields: z.record(z.string().max(60), z.string().trim().min(1).max(200)).default({}),
});
const whenSaid = { resolve: z.boolean().optional(), at: instant.optional() };
const message = z.union([
  z.strictObject({ ...sayable, ...whenSaid, text: words }),
  // A file may say it all.
  z.strictObject({ ...sayable, ...whenSaid, text: z.string().trim().max(1_600), file: z.string().max(40) }),
  z.strictObject({ ...sayable, channel: z.literal('whatsapp'), template }),
]);
const promise = z.strictObject({ ...sayable, text: words, until: instant });

const undoMs = 8_000;
const fileNeededMs = 2 * 86_400_000;

/** What a coach does with a nudge to come; without an hour it is now. */
const nudges = {
  skip: z.looseObject({ clientId, to: z.undefined().optional() }),
  move: z.looseObject({ clientId, to: instant }),
  now: z.looseObject({ clientId, to: z.undefined().optional() }),
} as const;

export function inbox(doors: InboxDoors): Router {
  const { reads, desk, files, act, previewHandBack, readTemplates, readCanned } = doors;
  const router = Router();
  router.use(express.json({ limit: '256kb' }));

  const answerRow = async (response: Response, contactId: string): Promise<void> => {
    response.json({ row: await readRow(reads, contactId, coachOf(response).id) });
  };

  /** A refusal says who or what came first, and gives the fresh row, so that nothing typed is lost. */
  async function refuse(
    response: Response,
    contactId: string,
    refusal: NonNullable<Kept['refusal']>,
    seen?: number,
  ): Promise<never> {
    const row = await readRow(reads, contactId, coachOf(response).id);
    const items = seen === undefined ? undefined : await readItems(reads, contactId, { after: seen });
    const payload = {
      ...refusal.detail,
      row,
      ...(items ? { items } : {}),
      ...(row?.own.ownerName ? { owner: { id: row.own.ownerId, name: row.own.ownerName } } : {}),
    };
    const make = refusal.status === 409 ? conflict : unprocessable;
    throw make(refusal.code, refusalText(refusal.code), { payload });
  }

  router.get('/queues', async (_request, response) => {
    response.json({ now: reads.now(), counts: await countQueues(reads, coachOf(response).id) });
  });

  router.get('/threads', async (request, response) => {
    const { queue, after } = parseBody(
      z.object({ queue: z.enum(queues).default('todo'), after: z.string().nullable().default(null) }),
      request.query,
    );
    response.json(await listThreads(reads, queue, coachOf(response).id, after));
  });

  router.get('/threads/:id', async (request, response) => {
    const coach = coachOf(response);
    const thread = await readThread(reads, request.params.id, coach.id);
    await desk.markRead(coach.id, request.params.id, thread.row.seq);
    await desk.note(coach.id, 'saw', request.params.id);
    response.json(thread);
  });

  router.get('/threads/:id/items', async (request, response) => {
    const seq = z.coerce.number().int().min(0);
    const range = parseBody(z.object({ before: seq.optional(), after: seq.optional() }), request.query);
    const items = await readItems(reads, request.params.id, range);
    const last = items.at(-1);
    if (last) await desk.markRead(coachOf(response).id, request.params.id, last.seq);
    response.json({ items });
  });

  router.get('/threads/:id/handback', async (request, response) => {
    const { to } = parseBody(z.object({ to: z.string().nullable().default(null) }), request.query);
    const row = await readRow(reads, request.params.id, coachOf(response).id);
    if (!row) throw notFound('no_such_thread', 'There is no thread with this id.');
    response.json({ rev: row.own.rev, ...(await previewHandBack(request.params.id, coachOf(response), to)) });
  });

  for (const [verb, schema] of Object.entries(acts)) {
    router.post(`/threads/:id/${verb}`, async (request, response) => {
      const { clientId: id } = parseBody(z.looseObject({ clientId }), request.body);
      const coach = coachOf(response);
      const asked = parseBody(schema, request.body);
      // An unknown place is refused here: as an arrival it would be kept, and stuck.
      if (asked.do === 'handBack' && asked.to !== null)
        await previewHandBack(request.params.id, coach, asked.to);
      const { refusal } = await act(id, request.params.id, coach, asked);
      if (refusal) await refuse(response, request.params.id, refusal);
      await desk.note(coach.id, verb, request.params.id);
      await answerRow(response, request.params.id);
    });
  }

  router.post('/threads/:id/messages', async (request, response) => {
    const said = parseBody(message, request.body);
    const item = await say(request.params.id, response, said, {
      ...('template' in said ? { text: '', template: said.template } : { text: said.text }),
      ...('file' in said ? { file: await fileOf(request.params.id, said.file, said.at) } : {}),
      ...('at' in said && said.at ? { at: said.at } : {}),
      ...('resolve' in said && said.resolve ? { resolve: true } : {}),
    });
    await desk.keepPromises(request.params.id);
    response.status(201).json({ item });
  });

  router.post('/threads/:id/promises', async (request, response) => {
    const said = parseBody(promise, request.body);
    const item = await say(request.params.id, response, said, { text: said.text, promiseAt: said.until });
    await desk.promise({
      id: said.clientId,
      contactId: request.params.id,
      coachId: coachOf(response).id,
      text: said.text,
      dueAt: said.until,
    });
    response.status(201).json({ item, row: await readRow(reads, request.params.id, coachOf(response).id) });
  });

  router.delete('/threads/:id/messages/:item', async (request, response) => {
    const id = `unsay${request.params.item}`.slice(0, 64);
    const { refusal } = await act(id, request.params.id, coachOf(response), {
      do: 'unsay',
      itemId: request.params.item,
    });
    if (refusal) await refuse(response, request.params.id, refusal);
    await answerRow(response, request.params.id);
  });

  router.post('/threads/:id/notes', async (request, response) => {
    const note = parseBody(
      z.strictObject({ clientId, text: z.string().trim().min(1).max(5_000) }),
      request.body,
    );
    await act(note.clientId, request.params.id, coachOf(response), { do: 'note', text: note.text });
    await desk.keepDraft(request.params.id, 'note', '', coachOf(response).id);
    response.status(201).json({ items: await newest(request.params.id) });
  });

  router.put('/threads/:id/drafts/:mode', async (request, response) => {
    const { mode } = parseBody(z.object({ mode: z.enum(['reply', 'note']) }), request.params);
    const { text } = parseBody(z.strictObject({ text: z.string().max(5_000) }), request.body);
    await desk.keepDraft(request.params.id, mode, text, coachOf(response).id);
    response.status(204).end();
  });

  router.post('/threads/:id/tags', async (request, response) => {
    const { clientId: id, tags } = parseBody(
      z.strictObject({ clientId, tags: z.array(z.string().trim().min(1).max(40)).max(30) }),
      request.body,
    );
    await act(id, request.params.id, coachOf(response), { do: 'tag', tags });
    await answerRow(response, request.params.id);
  });

  for (const [verb, schema] of Object.entries(nudges)) {
    router.post(`/threads/:id/future/:step/${verb}`, async (request, response) => {
      const { clientId: id, to } = parseBody(schema, request.body);
      const [flow = '', stepId = ''] = request.params.step.split('.');
      const run = await reads.store.runs.findOne(
        { contactId: request.params.id, flow, open: true },
        { projection: { _id: 1 } },
      );
      if (!run) throw notFound('no_such_run', 'This sequence no longer runs for this artist.');
      const step = { runId: run._id, stepId };
      const { refusal } = await act(
        id,
        request.params.id,
        coachOf(response),
        verb === 'skip' ? { do: 'skip', ...step } : { do: 'move', ...step, to: to ?? reads.now() },
      );
      if (refusal) await refuse(response, request.params.id, refusal);
      await desk.note(coachOf(response).id, `nudge_${verb}`, request.params.id, { step: stepId });
      await answerRow(response, request.params.id);
    });
  }

  router.get('/threads/:id/templates', async (request, response) => {
    response.json({ templates: await readTemplates(request.params.id, coachOf(response)) });
  });

  router.get('/canned', async (request, response) => {
    const { thread } = parseBody(z.object({ thread: z.string().min(1) }), request.query);
    response.json({ replies: await readCanned(thread, coachOf(response)) });
  });

  router.get('/search', async (request, response) => {
    const { q } = parseBody(z.object({ q: z.string().trim().min(1).max(100) }), request.query);
    response.json(await search(reads, q));
  });

  router.post('/threads/:id/unread', async (request, response) => {
    const row = await readRow(reads, request.params.id, coachOf(response).id);
    if (!row) throw notFound('no_such_thread', 'There is no thread with this id.');
    await desk.markUnread(coachOf(response).id, request.params.id, row.seq);
    await answerRow(response, request.params.id);
  });

  router.get('/items/:id/why', async (request, response) => {
    response.json(await readWhy(reads, request.params.id));
  });

  router.post('/presence', async (request, response) => {
    const { thread, mode } = parseBody(
      z.strictObject({ thread: z.string().nullable(), mode: z.enum(['viewing', 'typing', 'away']) }),
      request.body,
    );
    const coach = coachOf(response);
    await desk.beat(coach.id);
    if (thread !== null) await desk.bePresent(coach.id, thread, mode);
    response.status(204).end();
  });

  router.post('/sync', async (request, response) => {
    const { threads, queue } = parseBody(
      z.object({ threads: z.record(z.string(), z.number().int()), queue: z.enum(queues).optional() }),
      request.body,
    );
    const coach = coachOf(response);
    if (Object.keys(threads).length > 50)
      throw badRequest('too_many_threads', 'Ask for at most 50 threads at a time.');
    const items: Record<string, readonly ItemView[]> = {};
    for (const [id, seq] of Object.entries(threads)) items[id] = await readItems(reads, id, { after: seq });
    const docs = await reads.store.threads.find({ _id: { $in: Object.keys(threads) } }).toArray();
    response.json({
      now: reads.now(),
      threads: items,
      rows: await rowsOf(reads, docs, coach.id),
      counts: await countQueues(reads, coach.id),
      ...(queue ? { queue: await listThreads(reads, queue, coach.id, null) } : {}),
    });
  });

  type Said = Extract<CoachAct, { do: 'say' }>;
  type Sayable = z.output<z.ZodObject<typeof sayable>>;

  /** It must still be there when the message leaves, and while the carrier fetches it. */
  const fileOf = (contactId: string, id: string, at: Date | undefined) =>
    files.publish(contactId, id, new Date((at ?? reads.now()).getTime() + fileNeededMs));

  /** A coach's words, checked against what was seen; once kept they are no draft any more. */
  async function say(
    contactId: string,
    response: Response,
    { clientId: id, rev, seen, channel, force }: Sayable,
    more: Pick<Said, 'text' | 'file' | 'at' | 'template' | 'resolve' | 'promiseAt'>,
  ): Promise<ItemView | null> {
    const coach = coachOf(response);
    const forced = force ? { isForced: true } : {};
    const said: Said = { do: 'say', rev, seen, channel, undoMs, ...more, ...forced };
    const { refusal } = await act(id, contactId, coach, said);
    if (refusal) await refuse(response, contactId, refusal, seen);
    await desk.keepDraft(contactId, 'reply', '', coach.id);
    await desk.note(coach.id, 'said', contactId);
    return itemOf(`coach:${id}`);
  }

  async function newest(contactId: string): Promise<readonly ItemView[]> {
    return (await readItems(reads, contactId, {})).slice(-1);
  }

  /** What an act put into the thread to be sent: the row's item. */
  async function itemOf(arrivalId: string): Promise<ItemView | null> {
    // Rows of one arrival are `<arrival>/<n>`; `0` is the character after `/`.
    const row = await reads.store.outbox.findOne(
      { _id: { $gt: `${arrivalId}/`, $lt: `${arrivalId}0` }, by: { $ne: 'bot' } },
      { projection: { itemId: 1 } },
    );
    const doc = row && (await reads.store.items.findOne({ _id: row.itemId }));
    return doc ? ((await presentItems(reads.store, [doc]))[0] ?? null) : null;
  }

  return router;
}

const refusalTexts: Readonly<Record<string, string>> = {
  claimed: 'Somebody else holds this thread.',
  changed: 'The thread has moved since you read it.',
  suppressed: 'This artist has asked not to be written to on this channel.',
  window_closed: 'The WhatsApp window is closed: use an approved template or another channel.',
  no_address: 'There is no address on this channel.',
  unfilled: 'A place of this template is empty: fill it in, or choose another one.',
  snooze_past: 'This hour is past.',
  audio_alone: 'WhatsApp drops the words beside a sound: send them apart.',
  too_long: 'The carrier takes 1,600 characters, the name and the link included.',
  too_late_for_step: 'This message would no longer be true by then.',
};

const refusalText = (code: string): string => refusalTexts[code] ?? 'This may not be done now.';
