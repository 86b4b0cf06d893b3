import { join } from 'node:path';
import express, { Router, type Express, type Response } from 'express';
import type { Counts, Item, Queue, Row } from '../../../src/web/api/shapes.ts';
import { createCast, type Kept } from './cast.ts';
import { mockSandbox } from './sandbox.ts';

const builtPages = join(import.meta.dirname, '../../../dist/web');
const undoMs = 8000;
const pageSize = 100;

/** The stand-in's way to be someone else: another coach who takes a thread, an artist who writes. */
export interface Mock {
  readonly app: Express;
  readonly email: string;
  readonly password: string;
  /** Every message a coach sent, in order. */
  readonly sent: readonly { readonly text: string; readonly clientId: string }[];
  readonly artistWrites: (id: string, text: string) => void;
  readonly otherClaims: (id: string) => void;
}

type Own = Row['own'];

/** An inbox in memory, on the API of inbox.md §5: for looking at the pages, and for tests of the pages alone. */
export function createMock(webDir: string = builtPages): Mock {
  const threads = createCast(Date.now());
  const sent: { text: string; clientId: string }[] = [];
  const listeners = new Set<Response>();
  const seen = new Set<string>();
  let isSignedIn = false;

  const tell = (event: string, data: unknown): void => {
    for (const response of listeners) response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const need = (id: string): Kept => {
    const thread = threads.get(id);
    if (!thread) throw new Error(`no thread ${id}`);
    return thread;
  };
  const inQueue: Record<Queue, (row: Row) => boolean> = {
    todo: ({ own, waitingSince }) =>
      own.state === 'waiting' || (own.ownerId === 'nina' && Boolean(waitingSince)),
    mine: ({ own }) => own.ownerId === 'nina',
    vip: ({ vip, own }) => vip && own.state !== 'bot',
    promises: ({ due }) => due?.kind === 'promise',
    snoozed: ({ own }) => own.state === 'snoozed',
    check: ({ flags }) => flags.includes('soft_stop'),
    stuck: ({ flags }) => flags.includes('stuck'),
    sends: ({ flags }) => flags.includes('failed'),
    all: () => true,
  };
  const rows = (): Row[] => [...threads.values()].map(({ row }) => row);
  const counts = (): Counts =>
    Object.fromEntries(
      Object.entries(inQueue).map(([queue, holds]) => [queue, rows().filter(holds).length]),
    ) as Counts;

  const change = (id: string, next: Partial<Omit<Row, 'own'>> & { own?: Partial<Own> }): Row => {
    const thread = need(id);
    const own = { ...thread.row.own, ...next.own, rev: thread.row.own.rev + (next.own ? 1 : 0) };
    thread.row = {
      ...thread.row,
      ...next,
      own,
      rev: own.rev,
      state: own.state,
      seq: thread.items.at(-1)?.seq ?? 0,
    };
    tell('row', { row: thread.row });
    tell('counts', { counts: counts() });
    return thread.row;
  };
  const add = (id: string, item: object): Item => {
    const thread = need(id);
    const seq = (thread.items.at(-1)?.seq ?? 0) + 1;
    const added = {
      id: `${id}-${seq}`,
      seq,
      at: new Date().toISOString(),
      why: { rule: 'coach' },
      ...item,
    } as Item;
    thread.items.push(added);
    tell('item', { thread: id, seq });
    return added;
  };
  const settle = (id: string, itemId: string): void => {
    const thread = need(id);
    for (const [afterMs, status] of [
      [undoMs, 'sent'],
      [undoMs + 700, 'delivered'],
    ] as const) {
      setTimeout(() => {
        const index = thread.items.findIndex((item) => item.id === itemId);
        const item = thread.items[index];
        if (item?.kind !== 'out' || item.status === 'blocked') return;
        thread.items[index] = { ...item, status };
        tell('item', { thread: id, seq: item.seq });
      }, afterMs).unref();
    }
  };

  const api = Router();
  api.use(express.json());
  api.post('/session', (request, response) => {
    const { email, password } = request.body as { email: string; password: string };
    isSignedIn = email === 'nina@example.org' && password === 'sandbox-nina';
    response.status(isSignedIn ? 204 : 401).json({ statusCode: 401, error: 'Unauthorized', message: 'no' });
  });
  api.use((_request, response, next) => {
    if (isSignedIn) next();
    else response.status(401).json({ statusCode: 401, error: 'Unauthorized', message: 'Sign in first.' });
  });
  api.delete('/session', (_request, response) => {
    isSignedIn = false;
    response.status(204).end();
  });
  api.get('/me', (_request, response) => {
    response.json({
      coach: { id: 'nina', email: 'nina@example.org', name: 'Nina', role: 'manager', status: 'available' },
      isSandbox: true,
      build: 'mock',
      locale: 'fr',
    });
  });
  api.get('/duty', (_request, response) => {
    response.json({
      isOnDuty: true,
      coaches: [
        { id: 'nina', name: 'Nina', status: 'available' },
        { id: 'sam', name: 'Sam', status: 'available' },
      ],
    });
  });
  api.get('/queues', (_request, response) => {
    response.json({ counts: counts() });
  });
  api.get('/threads', (request, response) => {
    const { queue = 'todo', after = '0' } = request.query as { queue?: Queue; after?: string };
    const found = rows().filter(inQueue[queue]);
    const from = Number(after);
    response.json({
      rows: found.slice(from, from + pageSize),
      next: found.length > from + pageSize ? String(from + pageSize) : null,
    });
  });
  api.get('/threads/:id', (request, response) => {
    const thread = need(request.params.id);
    thread.row = { ...thread.row, unread: false };
    response.json({ ...thread, items: thread.items.slice(-50) });
  });
  api.get('/threads/:id/items', (request, response) => {
    const { before, after } = request.query as { before?: string; after?: string };
    const { items } = need(request.params.id);
    response.json({
      items: before
        ? items.filter(({ seq }) => seq < Number(before)).slice(-50)
        : items.filter(({ seq }) => seq > Number(after)),
    });
  });
  api.get('/threads/:id/handback', (request, response) => {
    const { row } = need(request.params.id);
    response.json({
      rev: row.own.rev,
      next: {
        text: "Super Léa, c'est réglé ! On reprend ton programme : ta prochaine étape, tes 3 meilleurs morceaux.",
        channel: 'sms',
        at: new Date(Date.now() + 600_000),
      },
      held: [
        {
          stepId: 'j7-email',
          channel: 'email',
          at: new Date(Date.now() + 86_400_000),
          reason: 'conversation_open',
        },
        { stepId: 'j15-sms', channel: 'sms', at: new Date(Date.now() + 9 * 86_400_000), fate: 'late' },
      ],
    });
  });

  const me = { state: 'coach', ownerId: 'nina', ownerName: 'Nina' } as const;
  const verbs: Record<
    string,
    (body: Record<string, string>) => { own: Partial<Own>; row?: Partial<Omit<Row, 'own'>> }
  > = {
    claim: () => ({ own: me }),
    release: () => ({ own: { state: 'waiting', ownerId: null, ownerName: null } }),
    transfer: ({ to }) => ({ own: { ...me, ownerId: to ?? 'sam', ownerName: 'Sam' } }),
    handback: () => ({
      own: { state: 'bot', ownerId: null, ownerName: null },
      row: { due: null, waitingSince: null },
    }),
    snooze: ({ until }) => ({
      own: { state: 'snoozed', snooze: { until: until ?? null } },
      row: { due: null },
    }),
    resolve: () => ({
      own: { state: 'resolved', ownerId: null, ownerName: null },
      row: { due: null, waitingSince: null },
    }),
  };
  for (const [verb, next] of Object.entries(verbs)) {
    api.post(`/threads/:id/${verb}`, (request, response) => {
      const { row } = need(request.params.id);
      const body = request.body as Record<string, string> & { rev: number };
      if (body.rev !== row.own.rev) {
        response.status(409).json({
          statusCode: 409,
          error: 'Conflict',
          message: 'taken',
          code: 'claimed',
          row,
          owner: { id: row.own.ownerId, name: row.own.ownerName },
          at: new Date(Date.now() - 2000),
        });
        return;
      }
      const { own, row: more } = next(body);
      add(request.params.id, {
        kind: 'state',
        from: row.own.state,
        to: own.state,
        by: 'nina',
        byName: 'Nina',
        reason: body['why'] ?? null,
      });
      response.json({ row: change(request.params.id, { ...more, own }) });
    });
  }

  api.post('/threads/:id/messages', (request, response) => {
    const { id } = request.params;
    const said = request.body as {
      clientId: string;
      channel: 'sms';
      text: string;
      seen: number;
      rev: number;
      force?: boolean;
    };
    const thread = need(id);
    const isStale = said.seen < (thread.items.at(-1)?.seq ?? 0) || said.rev !== thread.row.own.rev;
    if (isStale) {
      response.status(409).json({
        statusCode: 409,
        error: 'Conflict',
        message: 'moved',
        code: 'changed',
        row: thread.row,
        items: thread.items.filter(({ seq }) => seq > said.seen),
      });
      return;
    }
    if (said.text.includes('422')) {
      response.status(422).json({
        statusCode: 422,
        error: 'Unprocessable Entity',
        message: 'no',
        code: 'suppressed',
        nextAt: null,
      });
      return;
    }
    if (!seen.has(said.clientId)) sent.push({ text: said.text, clientId: said.clientId });
    seen.add(said.clientId);
    thread.drafts = { ...thread.drafts, reply: '' };
    const item = add(id, {
      kind: 'out',
      by: 'nina',
      byName: 'Nina',
      channel: said.channel,
      text: said.text,
      status: 'queued',
      segments: 1,
      undoUntil: new Date(Date.now() + undoMs),
    });
    settle(id, item.id);
    change(id, {
      preview: { who: 'coach', text: said.text },
      waitingSince: null,
      due: null,
      draft: false,
      ...(thread.row.own.ownerId === 'nina' ? {} : { own: me }),
    });
    response.status(201).json({ item });
  });
  api.delete('/threads/:id/messages/:item', (request, response) => {
    const { items } = need(request.params.id);
    const index = items.findIndex(({ id }) => id === request.params.item);
    const item = items[index];
    if (item?.kind === 'out')
      items[index] = { ...item, status: 'blocked', reason: 'undone', undoUntil: null };
    response.json({ row: change(request.params.id, {}) });
  });
  api.post('/threads/:id/notes', (request, response) => {
    const { text } = request.body as { text: string };
    response
      .status(201)
      .json({ items: [add(request.params.id, { kind: 'note', by: 'nina', byName: 'Nina', text })] });
  });
  api.put('/threads/:id/drafts/:mode', (request, response) => {
    const thread = need(request.params.id);
    thread.drafts = { ...thread.drafts, [request.params.mode]: (request.body as { text: string }).text };
    response.status(204).end();
  });
  api.post('/threads/:id/tags', (request, response) => {
    response.json({ row: change(request.params.id, { tags: (request.body as { tags: string[] }).tags }) });
  });
  api.post('/threads/:id/future/:step/skip', (request, response) => {
    const thread = need(request.params.id);
    thread.future = thread.future.filter(({ stepId }) => stepId !== request.params.step);
    response.json({ row: change(request.params.id, {}) });
  });
  api.get('/items/:id/why', (_request, response) => {
    response.json({
      rule: 'R9',
      flow: 'nurturing',
      version: 7,
      step: 'j1-sms',
      intent: 'help',
      confidence: 0.98,
      runnerUp: { intent: 'other', confidence: 0.2 },
      decisions: [
        {
          at: new Date(Date.now() - 700_000),
          asked: 'w',
          rule: 'quiet',
          verdict: 'wait',
          until: new Date(),
          reason: 'quiet_hours',
        },
        { at: new Date(), asked: 'd', rule: 'guard', verdict: 'go' },
      ],
      history: [
        { at: new Date(Date.now() - 20_000), status: 'queued' },
        { at: new Date(Date.now() - 15_000), status: 'sent' },
        { at: new Date(Date.now() - 10_000), status: 'delivered' },
      ],
    });
  });
  api.post('/presence', (_request, response) => {
    response.status(204).end();
  });
  api.post('/sync', (request, response) => {
    const asked = (request.body as { threads: Record<string, number> }).threads;
    response.json({
      now: new Date(),
      threads: Object.fromEntries(
        Object.entries(asked).map(([id, seq]) => [id, need(id).items.filter((item) => item.seq > seq)]),
      ),
    });
  });
  api.get('/stream', (request, response) => {
    response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();
    response.write(`event: hello\ndata: ${JSON.stringify({ now: new Date(), build: 'mock' })}\n\n`);
    listeners.add(response);
    request.on('close', () => listeners.delete(response));
  });
  api.use('/sandbox', mockSandbox());

  const app = express();
  app.use((_request, response, next) => {
    response.set(
      'content-security-policy',
      "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; frame-src 'self' blob:; base-uri 'none'; object-src 'none'",
    );
    next();
  });
  app.use('/api', api);
  app.use(express.static(webDir, { index: false }));
  app.get('/{*path}', (_request, response) => {
    response.sendFile(join(webDir, 'index.html'));
  });
  return {
    app,
    email: 'nina@example.org',
    password: 'sandbox-nina',
    sent,
    artistWrites: (id, text) => {
      add(id, { kind: 'in', channel: 'sms', text, intent: 'other', confidence: 0.4, rule: 'none' });
      change(id, { preview: { who: 'artist', text }, waitingSince: new Date().toISOString(), unread: true });
    },
    otherClaims: (id) => {
      add(id, { kind: 'state', from: 'waiting', to: 'coach', by: 'sam', byName: 'Sam', reason: null });
      change(id, { own: { state: 'coach', ownerId: 'sam', ownerName: 'Sam' } });
    },
  };
}
