import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock } from '../../clock.ts';
import { createLog } from '../../log.ts';
import { createCarrier, type Carrier, type CarrierOptions } from './carrier.ts';
import { carrierHandler } from './handler.ts';
import { openJournal } from './journal.ts';

export interface CarrierServer {
  readonly carrier: Carrier;
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves a carrier on a port of loopback; 0 picks a free one. */
export async function startCarrierServer(
  options: CarrierOptions & { readonly port?: number },
): Promise<CarrierServer> {
  const carrier = createCarrier(options);
  const server: Server = createServer(
    { keepAliveTimeout: 65_000 },
    carrierHandler(carrier, { hasControl: true }),
  );
  await new Promise<void>((listening) => server.listen(options.port ?? 0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    carrier,
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await carrier.close();
    },
  };
}

/** `--port 0 --account AC… --token … --data DIR --inbound URL --fallback URL`; prints its address on the first line. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      account: { type: 'string', default: 'AC00000000000000000000000000000000' },
      token: { type: 'string', default: 'sandbox' },
      data: { type: 'string' },
      inbound: { type: 'string' },
      fallback: { type: 'string' },
      concurrent: { type: 'string', default: '0' },
    },
  });
  const log = createLog('warn');
  const { url, stop } = await startCarrierServer({
    port: Number(values.port),
    accountSid: values.account,
    authToken: values.token,
    clock: systemClock,
    log,
    maxConcurrent: Number(values.concurrent),
    webhooks: { inboundUrl: values.inbound ?? null, fallbackUrl: values.fallback ?? null },
    ...(values.data && { journal: openJournal(join(values.data, 'sandbox', 'carrier.jsonl'), log) }),
  });
  console.log(url);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
