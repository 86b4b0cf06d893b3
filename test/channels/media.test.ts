import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fetchMedia, mostMediaBytes } from '../../src/channels/twilio/media.ts';
import { png } from '../support/pictures.ts';

const accountSid = `AC${'1'.repeat(32)}`;
const path = `/2010-04-01/Accounts/${accountSid}/Messages/MM${'2'.repeat(32)}/Media/ME${'3'.repeat(32)}`;
const carriers = `https://api.twilio.com${path}`;

describe('fetching what an artist sent', () => {
  const asked: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
  let answer: (response: ServerResponse, url: string) => void;
  let standIn = '';
  const server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', headers: request.headers });
    answer(response, request.url ?? '');
  });
  const options = () => ({ accountSid, authToken: 'a-token', apiBaseUrl: standIn });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    standIn = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    asked.length = 0;
  });

  test('asks with our credentials, and gives the bytes', async () => {
    answer = (response) => response.end(png);
    expect(await fetchMedia(carriers, options())).toEqual({ is: 'here', bytes: png });
    expect(asked).toMatchObject([
      { url: path, headers: { authorization: expect.stringContaining('Basic ') } },
    ]);
  });

  test('goes on to the storage without them', async () => {
    answer = (response, url) => {
      if (url === path) response.writeHead(307, { location: `${standIn}/stored/1` }).end();
      else response.end(png);
    };
    expect(await fetchMedia(carriers, options())).toMatchObject({ is: 'here' });
    expect(asked.map(({ url }) => url)).toEqual([path, '/stored/1']);
    expect(asked[1]?.headers.authorization).toBeUndefined();
  });

  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'https://storage.example/1',
    'file:///etc/passwd',
    'https://twiliocdn.com.evil.example/1',
  ])('is sent on to %s, and does not go', async (location) => {
    answer = (response) => response.writeHead(302, { location }).end();
    expect(await fetchMedia(carriers, options())).toEqual({ is: 'refused' });
    expect(asked).toHaveLength(1);
  });

  test('does not run in circles', async () => {
    answer = (response) => response.writeHead(302, { location: path }).end();
    expect(await fetchMedia(carriers, options())).toEqual({ is: 'refused' });
    expect(asked).toHaveLength(3);
  });

  test.each([
    'http://169.254.169.254/latest/meta-data/',
    `http://api.twilio.com${path}`,
    `https://api.twilio.com.evil.example${path}`,
    `https://evil.example/https://api.twilio.com${path}`,
    `https://user@api.twilio.com${path}`,
    `https://api.twilio.com:8443${path}`,
    `${carriers}?next=http://127.0.0.1`,
    carriers.replace(accountSid, `AC${'9'.repeat(32)}`),
    `${carriers}/../../../../../../Accounts.json`,
    'https://api.twilio.com/2010-04-01/Accounts.json',
    'not an address',
    '',
  ])('asks nobody for %s', async (address) => {
    answer = (response) => response.end(png);
    expect(await fetchMedia(address, options())).toEqual({ is: 'refused' });
    expect(asked).toEqual([]);
  });

  test('reads no further than the limit, whether or not it was said before', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': String(mostMediaBytes + 1) });
      response.write(png);
    };
    expect(await fetchMedia(carriers, options())).toEqual({ is: 'too_large' });
    answer = (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(1024 * 1024)));
        response.once('drain', more);
      };
      more();
    };
    expect(await fetchMedia(carriers, options())).toEqual({ is: 'too_large' });
  });

  test('says what is gone, and what only fails now', async () => {
    answer = (response) => response.writeHead(404).end();
    expect(await fetchMedia(carriers, options())).toEqual({ is: 'gone' });
    answer = (response) => response.writeHead(503).end();
    expect(await fetchMedia(carriers, options())).toEqual({ is: 'unavailable' });
    answer = (response) => response.destroy();
    expect(await fetchMedia(carriers, options())).toEqual({ is: 'unavailable' });
  });
});
