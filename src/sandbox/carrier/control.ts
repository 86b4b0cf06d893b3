import type { Carrier } from './carrier.ts';
import { answer, readJson, type Call } from './http.ts';
import type { FromPhone } from './inbound.ts';
import type { SenderSettings } from './sender.ts';

type Work = (carrier: Carrier, call: Call) => unknown;

/** `{after, total, messages}`: a slice of the book; `?limit=` bounds it. */
function showBook(carrier: Carrier, call: Call): unknown {
  const after = Number(call.query.get('after') ?? 0);
  const limit = Number(call.query.get('limit') ?? Infinity);
  const { all } = carrier.world.book;
  return { after, total: all.length, messages: all.slice(after, Math.min(all.length, after + limit)) };
}

async function writeAsPhone(carrier: Carrier, call: Call): Promise<unknown> {
  const { wait, ...text } = readJson(call) as unknown as FromPhone & { wait?: boolean };
  const { message, posted } = carrier.receive(text);
  return { sid: message.sid, answers: wait === false ? [] : await posted };
}

function setFaults(carrier: Carrier, call: Call): unknown {
  const { clear, ...change } = readJson(call) as { clear?: boolean } & Parameters<
    Carrier['world']['faults']['set']
  >[0];
  if (clear) carrier.world.faults.clear();
  carrier.world.faults.set(change);
  return carrier.world.faults.plan();
}

function setWebhooks({ world }: Carrier, call: Call): unknown {
  const asked = readJson(call) as { inboundUrl?: string | null; fallbackUrl?: string | null };
  if (asked.inboundUrl !== undefined) world.inboundUrl = asked.inboundUrl;
  if (asked.fallbackUrl !== undefined) world.fallbackUrl = asked.fallbackUrl;
  return { inboundUrl: world.inboundUrl, fallbackUrl: world.fallbackUrl };
}

function setSenders({ world }: Carrier, call: Call): unknown {
  const asked = readJson(call) as { senders?: SenderSettings[] };
  for (const settings of asked.senders ?? []) world.senders.set(settings);
  return { senders: world.senders.list() };
}

const routes: Readonly<Record<string, Work>> = {
  'GET /control/health': () => ({ ok: true }),
  'GET /control/book': showBook,
  'GET /control/answers': ({ world }) => ({ answers: world.answers }),
  'GET /control/counters': ({ world }) => ({
    ...world.counters,
    faults: Object.fromEntries(world.faults.played),
  }),
  'GET /control/stops': ({ world }) => ({ stops: world.blocks.list() }),
  'GET /control/faults': ({ world }) => world.faults.plan(),
  'POST /control/faults': setFaults,
  'POST /control/inbound': writeAsPhone,
  'POST /control/webhooks': setWebhooks,
  'POST /control/senders': setSenders,
  'POST /control/read': (carrier, call) => carrier.read(String(readJson(call).sid)),
  'POST /control/settle': (carrier) => carrier.settle(),
  'POST /control/reset': (carrier) => carrier.reset(),
};

/** Serves the test side of the carrier: its book, its phones, its faults. Never mounted in front of the public. */
export async function serveControl(carrier: Carrier, call: Call): Promise<boolean> {
  const work = routes[`${call.method} ${call.path}`];
  if (!work) return false;
  answer(call.response, 200, (await work(carrier, call)) ?? {});
  return true;
}
