import { createSignIn } from '../../../src/pipeline/sign-in.ts';
import type { Squall } from './squall.ts';
import { pause, until } from './until.ts';

/*
 * A coach's window, as far as the stream goes: what it shows of some threads is what it was told to read, and nothing else. A
 * real one also reads when it is opened anew; this one trusts the stream to say that it must.
 */

export interface Window {
  /** Times it was told that it may lack something. */
  readonly resyncs: number;
  /** What of these threads it does not show, shows twice, or in another order; empty once it is up to date. */
  lacks(): Promise<string[]>;
  /** The way to the house is cut; it stays so. */
  cut(): Promise<void>;
  /** Opens the stream at this door, from the last news it heard. */
  open(web: number): Promise<void>;
}

const password = 'une longue phrase de passe';
const openMs = 30_000;
const againMs = 250;

export interface Desk {
  readonly cookie: string;
}

/** Signs a new coach in. */
export async function signIn({ store, webs, publicUrl }: Squall, name: string): Promise<Desk> {
  const email = `${name}@example.org`;
  await createSignIn(store).addCoach({ email, name, role: 'coach', password });
  const response = await fetch(`http://127.0.0.1:${String(webs[0]?.port ?? 0)}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: publicUrl },
    body: JSON.stringify({ email, password }),
  });
  if (!response.ok) throw new Error(`A coach could not sign in: ${String(response.status)}`);
  return { cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
}

export function openWindow(squall: Squall, { cookie }: Desk, threads: readonly string[]): Window {
  const shown = new Map<string, number[]>(threads.map((id) => [id, []]));
  let resyncs = 0;
  let wasOpen = false;
  let lastId: string | null = null;
  let reading: Promise<void> = Promise.resolve();
  let connection = new AbortController();
  let ended: Promise<void> = Promise.resolve();

  const ask = (web: number, path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${String(squall.webs[web]?.port ?? 0)}${path}`, {
      ...init,
      headers: { cookie, ...init.headers },
    });

  /** Reads what a thread has since the last item shown, however often the door must be asked. */
  async function read(web: number, thread: string, signal: AbortSignal): Promise<void> {
    const seqs = shown.get(thread);
    if (!seqs) return;
    while (!signal.aborted) {
      const path = `/api/threads/${encodeURIComponent(thread)}/items?after=${String(seqs.at(-1) ?? 0)}`;
      const response = await ask(web, path, { signal: AbortSignal.timeout(15_000) }).catch(() => null);
      const body = response?.ok
        ? ((await response.json().catch(() => null)) as { readonly items: readonly { seq: number }[] } | null)
        : null;
      if (body) {
        seqs.push(...body.items.map(({ seq }) => seq));
        return;
      }
      await pause(againMs);
    }
  }

  function readAll(web: number, wanted: readonly string[], signal: AbortSignal): void {
    reading = wanted.reduce((before, thread) => before.then(() => read(web, thread, signal)), reading);
  }

  function hear(web: number, event: string, data: Told['data'], signal: AbortSignal): void {
    if (event === 'item' && data.thread) readAll(web, [data.thread], signal);
    if (event !== 'resync') return;
    resyncs += 1;
    readAll(web, threads, signal);
  }

  async function listen(web: number, signal: AbortSignal, onHello: () => void): Promise<void> {
    const headers: Record<string, string> = lastId === null ? {} : { 'last-event-id': lastId };
    const response = await ask(web, '/api/stream', { signal, headers });
    if (!response.ok || !response.body) throw new Error(`the stream answered ${String(response.status)}`);
    for await (const { event, data, id } of eventsOf(response.body)) {
      if (event === 'hello') onHello();
      hear(web, event, data, signal);
      if (id !== null) lastId = id;
    }
  }

  return {
    get resyncs() {
      return resyncs;
    },
    async lacks() {
      await reading;
      const items = await squall.store.items
        .find({ contactId: { $in: [...threads] } }, { projection: { contactId: 1, seq: 1 } })
        .sort({ contactId: 1, seq: 1 })
        .toArray();
      return threads.flatMap((thread) => {
        const there = items.filter(({ contactId }) => contactId === thread).map(({ seq }) => seq);
        const seqs = shown.get(thread) ?? [];
        return seqs.join() === there.join() ? [] : [`${thread} shows ${seqs.join()} of ${there.join()}`];
      });
    },
    async cut() {
      connection.abort();
      await ended;
    },
    async open(web) {
      connection.abort();
      connection = new AbortController();
      const { signal } = connection;
      let isOpen = false;
      const isFirst = !wasOpen;
      wasOpen = true;
      ended = (async () => {
        while (!signal.aborted) {
          await listen(web, signal, () => {
            isOpen = true;
          }).catch(() => undefined);
          if (!signal.aborted) await pause(againMs);
        }
      })();
      await until('the stream is open', () => isOpen, openMs);
      // What stood before it was opened for the first time is read as any page reads it.
      if (isFirst) readAll(web, threads, signal);
    },
  };
}

interface Told {
  readonly event: string;
  readonly data: { readonly thread?: string };
  readonly id: string | null;
}

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Told> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string | null =>
        new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null;
      const data = JSON.parse(field('data') ?? '{}') as Told['data'];
      yield { event: field('event') ?? '', data, id: field('id') };
    }
  }
}
