import express from 'express';
import request from 'supertest';
import { expect, test } from 'vitest';
import { errorHandler } from '../../src/http/error-handler.ts';
import { limitKey } from '../../src/http/limits.ts';
import { silentLog } from '../../src/log.ts';

test('a key that asks too often in a minute is told to wait, and no other key with it', async () => {
  const app = express();
  app.get('/', limitKey(3), (_request, response) => {
    response.json({ ok: true });
  });
  app.use(errorHandler(silentLog));
  const ask = (key: string) => request(app).get('/').set('authorization', `Bearer ${key}`);

  const statuses: number[] = [];
  for (const time of [1, 2, 3, 4]) statuses[time - 1] = (await ask('one')).status;
  expect(statuses).toEqual([200, 200, 200, 429]);
  const refused = await ask('one');
  expect(refused.headers['retry-after']).toBe('60');
  expect(refused.body).toMatchObject({ statusCode: 429, code: 'too_many_requests' });
  expect((await ask('other')).status).toBe(200);
});
