/*
 * The other way to send at an hour: one Agenda job for each nudge, whose handler does the send. Jobs are made before the
 * clock runs; it is told to begin by a line on its standard input.
 */
import { once } from 'node:events';
import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda } from 'agenda';
import { MongoClient } from 'mongodb';
import { phone } from './account.ts';
import { plainSend } from './plain-send.ts';

const [mongoUri = '', carrierUrl = '', count = '0', text = ''] = process.argv.slice(2);
/** As many calls in flight as the product's channel has. */
const concurrency = 20;
const madeTogether = 50;

const client = await MongoClient.connect(mongoUri, { writeConcern: { w: 'majority' } });
const send = plainSend(carrierUrl);
const agenda = new Agenda({
  backend: new MongoBackend({ mongo: client.db('agenda') }),
  processEvery: 1_000,
  defaultConcurrency: concurrency,
  maxConcurrency: concurrency,
});
await agenda.ready;
agenda.define<{ to: string }>('nudge', async (job) => {
  await send(job.attrs.data.to, text);
});
for (let made = 0; made < Number(count); made += madeTogether) {
  const numbers = Array.from(
    { length: Math.min(madeTogether, Number(count) - made) },
    (_, place) => made + place,
  );
  await Promise.all(numbers.map((number) => agenda.schedule(new Date(), 'nudge', { to: phone(number) })));
}
console.log('ready');
await once(process.stdin, 'data');
await agenda.start();
process.once('SIGTERM', () => {
  void agenda
    .stop()
    .then(() => client.close())
    .then(() => process.exit(0));
});
