/*
 * What the product is measured against: the least that takes a webhook and answers it. Express 5, the signature, one insert
 * with majority, one send by the plain SDK. It keeps no order, asks no consent, and loses the answer when it is killed.
 */
import express from 'express';
import { MongoClient } from 'mongodb';
import twilio from 'twilio';
import { account } from './account.ts';
import { plainSend } from './plain-send.ts';

const [mongoUri = '', carrierUrl = '', port = '0', text = ''] = process.argv.slice(2);
const publicUrl = `http://127.0.0.1:${port}`;

const client = await MongoClient.connect(mongoUri);
const texts = client.db('limit').collection<{ _id: string }>('texts', { writeConcern: { w: 'majority' } });
const send = plainSend(carrierUrl);

const app = express();
app.disable('x-powered-by');
app.post('/webhooks/twilio/inbound', express.urlencoded({ extended: false }), async (request, response) => {
  const form = request.body as Record<string, string>;
  const signature = request.get('x-twilio-signature') ?? '';
  if (!twilio.validateRequest(account.token, signature, publicUrl + request.originalUrl, form)) {
    response.status(403).end();
    return;
  }
  await texts.insertOne({ _id: form['MessageSid'] ?? '', ...form });
  response.type('text/xml').send('<Response/>');
  await send(form['From'] ?? '', text);
});

const server = app.listen(Number(port), '127.0.0.1', () => {
  console.log('ready');
});
process.once('SIGTERM', () => {
  server.closeAllConnections();
  void client.close().then(() => process.exit(0));
});
