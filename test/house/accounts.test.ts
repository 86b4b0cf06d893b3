import { describe, expect, test } from 'vitest';
import { createSignIn } from '../../src/pipeline/sign-in.ts';
import { useApp } from '../support/app.ts';

const house = useApp();
const password = 'un long chemin sous la pluie';
const other = 'une fenêtre ouverte sur la mer';

interface Answer {
  readonly status: number;
  readonly cookie: string;
  readonly body: Record<string, unknown>;
}

/** A request of somebody who is not signed in, or of whoever the cookie says. */
async function visit(
  method: string,
  path: string,
  body?: unknown,
  { cookie = '', headers = {} }: { cookie?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { url } = house.app;
  const answer = await fetch(url + path, {
    method,
    headers: {
      origin: url,
      cookie,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '',
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}

interface Letter {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** The mails that somebody of the team got, the oldest first. */
async function lettersTo(to: string): Promise<Letter[]> {
  await house.app.settle();
  const { body } = await house.ask('GET', '/api/sandbox/mail');
  const heads = (body as unknown as { mails: Letter[] }).mails.filter((one) => one.to === to).reverse();
  return Promise.all(
    heads.map(
      async ({ id }) =>
        (await house.ask('GET', `/api/sandbox/mail/${encodeURIComponent(id)}`)).body as unknown as Letter,
    ),
  );
}
const secretIn = ({ text }: Letter): string => /#([\w-]{43})/u.exec(text)?.[1] ?? '';
const lastSecret = async (to: string): Promise<string> => secretIn((await lettersTo(to)).at(-1) as Letter);

async function invite(email: string, role = 'coach'): Promise<{ id: string; secret: string }> {
  const { status, body } = await house.ask('POST', '/api/team', { email, role });
  expect([status, body['isSent']]).toEqual([201, true]);
  return { id: String(body['id']), secret: await lastSecret(email) };
}
async function join(email: string, name: string, role = 'coach'): Promise<{ id: string; cookie: string }> {
  const { id, secret } = await invite(email, role);
  const { cookie } = await visit('POST', '/api/invitation/accept', { secret, name, password });
  return { id, cookie };
}
const signIn = (email: string, as = password) => visit('POST', '/api/session', { email, password: as });
const trail = async (): Promise<string[]> =>
  (await house.store.audit.find({ contactId: null }).sort({ at: 1 }).toArray()).map(({ did }) => did);

describe('an invitation', () => {
  test('opens an account: name and password are its owner’s, and they are signed in', async () => {
    const { secret } = await invite('lou@example.org');
    const [letter] = await lettersTo('lou@example.org');
    expect(letter?.subject).toBe("Nina t'invite dans l'équipe MONA x SPARK");
    const look = await visit('POST', '/api/invitation/look', { secret });
    expect(look).toMatchObject({ status: 200, body: { email: 'lou@example.org', role: 'coach' } });
    const weak = await visit('POST', '/api/invitation/accept', {
      secret,
      name: 'Lou',
      password: 'motdepasse2026',
    });
    expect([weak.status, weak.body['code']]).toEqual([422, 'password_common']);
    const accepted = await visit('POST', '/api/invitation/accept', { secret, name: 'Lou', password });
    expect([accepted.status, accepted.cookie]).toEqual([204, expect.stringMatching(/^mona=/u)]);
    const me = await visit('GET', '/api/me', undefined, accepted);
    expect(me.body).toMatchObject({ coach: { name: 'Lou', role: 'coach', status: 'available' } });
    expect((await signIn('lou@example.org')).status).toBe(204);
    expect(await trail()).toEqual(expect.arrayContaining(['member_invited', 'invitation_accepted']));
  });

  test('opens it once, also for two who come at the same moment', async () => {
    const { secret } = await invite('ana@example.org');
    const accept = (name: string) => visit('POST', '/api/invitation/accept', { secret, name, password });
    const both = await Promise.all([accept('Ana'), accept('Eve')]);
    expect(both.map(({ status }) => status).sort()).toEqual([204, 404]);
    expect((await accept('Eve')).body['code']).toBe('link_void');
  });

  test('says the same whether it is forged, expired, replaced or revoked', async () => {
    const forged = await visit('POST', '/api/invitation/look', { secret: 'A'.repeat(43) });
    const { id, secret: first } = await invite('max@example.org');
    const again = await house.ask('POST', `/api/team/${id}/invitation`, {});
    expect(again).toMatchObject({ status: 200, body: { isSent: true } });
    const replaced = await visit('POST', '/api/invitation/look', { secret: first });
    const secret = await lastSecret('max@example.org');
    expect((await visit('POST', '/api/invitation/look', { secret })).status).toBe(200);
    await house.store.invitations.updateMany(
      { coachId: id },
      { $set: { expiresAt: new Date(Date.now() - 1) } },
    );
    const expired = await visit('POST', '/api/invitation/accept', { secret, name: 'Max', password });
    await house.ask('POST', `/api/team/${id}/invitation`, {});
    const fresh = await lastSecret('max@example.org');
    expect((await house.ask('DELETE', `/api/team/${id}/invitation`)).status).toBe(204);
    const revoked = await visit('POST', '/api/invitation/accept', { secret: fresh, name: 'Max', password });
    const answers = [forged, replaced, expired, revoked];
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect((await house.ask('POST', '/api/team', { email: 'max@example.org', role: 'coach' })).status).toBe(
      201,
    );
  });

  test('is kept as a hash, and a second one for the same address is refused', async () => {
    const { id, secret } = await invite('zoe@example.org');
    const kept = JSON.stringify(await house.store.invitations.find({ coachId: id }).toArray());
    expect(kept).not.toContain(secret);
    const twice = await house.ask('POST', '/api/team', { email: 'ZOE@example.org', role: 'coach' });
    expect([twice.status, twice.body['code']]).toEqual([409, 'member_exists']);
  });

  test('is a door for our own page only', async () => {
    const { secret } = await invite('noe@example.org');
    const from = (headers: Record<string, string>) =>
      visit('POST', '/api/invitation/accept', { secret, name: 'Noé', password }, { headers });
    expect((await from({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await from({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(
      (
        await visit(
          'POST',
          '/api/password/forgot',
          { email: 'x@y.z' },
          { headers: { origin: 'https://evil.example' } },
        )
      ).status,
    ).toBe(403);
    expect((await visit('GET', `/api/invitation/accept`)).status).toBe(401);
    expect((await visit('POST', '/api/invitation/look', { secret })).status).toBe(200);
  });
});

describe('a forgotten password', () => {
  test('is answered alike whoever asks, and only who is somebody gets a mail', async () => {
    await join('mia@example.org', 'Mia');
    const known = await visit('POST', '/api/password/forgot', { email: 'Mia@Example.org' });
    const unknown = await visit('POST', '/api/password/forgot', { email: 'nobody@example.org' });
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    expect(known.status).toBe(204);
    expect((await lettersTo('mia@example.org')).at(-1)?.subject).toBe('Choisir un nouveau mot de passe');
    expect(await lettersTo('nobody@example.org')).toEqual([]);
  });

  test('is replaced once, every session ends, and the owner is told', async () => {
    const { cookie } = await join('tom@example.org', 'Tom');
    await visit('POST', '/api/password/forgot', { email: 'tom@example.org' });
    const secret = await lastSecret('tom@example.org');
    const look = await visit('POST', '/api/password/look', { secret });
    expect(look.body).toEqual({ email: 'tom@example.org', locale: 'fr' });
    const weak = await visit('POST', '/api/password/reset', { secret, password: 'tom@example.org' });
    expect([weak.status, weak.body['code']]).toEqual([422, 'password_personal']);
    expect((await visit('POST', '/api/password/reset', { secret, password: other })).status).toBe(204);
    expect((await visit('GET', '/api/me', undefined, { cookie })).status).toBe(401);
    expect((await signIn('tom@example.org')).status).toBe(401);
    expect((await signIn('tom@example.org', other)).status).toBe(204);
    expect((await visit('POST', '/api/password/reset', { secret, password })).status).toBe(404);
    expect((await lettersTo('tom@example.org')).at(-1)?.subject).toBe('Ton mot de passe a changé');
  });

  test('an invitation resets nothing, a reset invites nobody, and an old link opens nothing', async () => {
    const { secret: invited } = await invite('eli@example.org');
    expect((await visit('POST', '/api/password/reset', { secret: invited, password })).status).toBe(404);
    const { id } = await join('ben@example.org', 'Ben');
    await visit('POST', '/api/password/forgot', { email: 'ben@example.org' });
    const secret = await lastSecret('ben@example.org');
    expect((await visit('POST', '/api/invitation/accept', { secret, name: 'Ben', password })).status).toBe(
      404,
    );
    await house.store.invitations.updateMany(
      { coachId: id },
      { $set: { expiresAt: new Date(Date.now() - 1) } },
    );
    expect((await visit('POST', '/api/password/reset', { secret, password })).status).toBe(404);
  });

  test('asking again and again fills no mailbox', async () => {
    await join('flo@example.org', 'Flo');
    const asked = await Promise.all(
      Array.from({ length: 6 }, () => visit('POST', '/api/password/forgot', { email: 'flo@example.org' })),
    );
    expect(asked.map(({ status }) => status)).toEqual(Array<number>(6).fill(204));
    const resets = (await lettersTo('flo@example.org')).filter(({ subject }) =>
      subject.startsWith('Choisir'),
    );
    expect(resets).toHaveLength(3);
  });
});

describe('the team', () => {
  test('is for managers: a coach reads nothing of it and changes nothing', async () => {
    const { id, cookie } = await join('ivy@example.org', 'Ivy');
    const asks: [string, string, object?][] = [
      ['GET', '/api/team'],
      ['POST', '/api/team', { email: 'x@example.org', role: 'manager' }],
      ['PUT', `/api/team/${id}`, { role: 'manager' }],
      ['POST', `/api/team/${id}/invitation`, {}],
      ['DELETE', `/api/team/${id}/invitation`],
      ['POST', '/api/team/nina/leave', {}],
      ['POST', `/api/team/${id}/return`, {}],
      ['POST', `/api/team/${id}/forget-code`, {}],
    ];
    for (const [method, path, body] of asks)
      expect([path, (await visit(method, path, body, { cookie })).status]).toEqual([path, 403]);
    expect((await visit('GET', '/api/team')).status).toBe(401);
    expect(
      (
        await visit(
          'PUT',
          `/api/team/${id}`,
          { role: 'manager' },
          { cookie, headers: { origin: 'https://evil.example' } },
        )
      ).status,
    ).toBe(403);
  });

  test('who leaves is signed out, and what they held waits for the others', async () => {
    const { id, cookie } = await join('kim@example.org', 'Kim');
    const claim = async (contactId: string) => {
      const { rev } = (await house.store.threads.findOne({ _id: contactId }))?.own ?? { rev: 0 };
      const body = { clientId: `${contactId}-kim-takes-it-now`, rev };
      expect((await visit('POST', `/api/threads/${contactId}/claim`, body, { cookie })).status).toBe(200);
    };
    await claim('lea');
    await claim('karim');
    const { own } = (await house.store.threads.findOne({ _id: 'karim' })) ?? { own: { rev: 0 } };
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const asleep = { clientId: 'karim-sleeps-until-then', rev: own.rev, until };
    expect((await visit('POST', '/api/threads/karim/snooze', asleep, { cookie })).status).toBe(200);
    expect((await house.ask('POST', `/api/team/${id}/leave`, {})).body).toEqual({ released: 2 });
    const threads = await house.store.threads.find({ _id: { $in: ['lea', 'karim'] } }).toArray();
    expect(threads.map(({ own: { state, ownerId, snooze } }) => ({ state, ownerId, snooze }))).toEqual([
      { state: 'waiting', ownerId: null, snooze: null },
      { state: 'waiting', ownerId: null, snooze: null },
    ]);
    expect((await visit('GET', '/api/me', undefined, { cookie })).status).toBe(401);
    expect((await signIn('kim@example.org')).status).toBe(401);
    expect((await house.ask('POST', `/api/team/${id}/return`, {})).status).toBe(204);
    expect((await signIn('kim@example.org')).status).toBe(204);
  });

  test('who lost their phone signs in without a code again, once a manager says so', async () => {
    const { id, cookie } = await join('amy@example.org', 'Amy');
    const totp = { secret: 'JBSWY3DPEHPK3PXP', confirmedAt: new Date(), lastStep: 0 };
    await house.store.coaches.updateOne({ _id: id }, { $set: { totp } });
    expect((await signIn('amy@example.org')).body['code']).toBe('code_needed');
    expect((await house.ask('POST', `/api/team/${id}/forget-code`, {})).status).toBe(204);
    expect((await visit('GET', '/api/me', undefined, { cookie })).status).toBe(401);
    expect((await signIn('amy@example.org')).status).toBe(204);
  });

  test('keeps one manager, and nobody turns themselves out', async () => {
    const { id } = await join('joe@example.org', 'Joe', 'manager');
    const mine = await house.ask('POST', '/api/team/nina/leave', {});
    expect([mine.status, mine.body['code']]).toEqual([409, 'yourself']);
    for (const gone of [id, 'sam'])
      expect((await house.ask('POST', `/api/team/${gone}/leave`, {})).status).toBe(200);
    const last = await house.ask('PUT', '/api/team/nina', { role: 'coach' });
    expect([last.status, last.body['code']]).toEqual([409, 'last_manager']);
    expect((await house.ask('PUT', '/api/team/nobody', { role: 'coach' })).status).toBe(404);
    await house.ask('POST', '/api/team/sam/return', {});
    expect((await house.ask('PUT', '/api/team/sam', { role: 'coach' })).status).toBe(204);
    expect((await house.ask('PUT', '/api/team/sam', { role: 'manager' })).status).toBe(204);
    const { body } = await house.ask('GET', '/api/team');
    const { members, trail: told } = body as unknown as {
      members: { name: string; state: string; role: string }[];
      trail: { did: string; member: string | null; who: string }[];
    };
    expect(members).toContainEqual(expect.objectContaining({ name: 'Joe', state: 'left' }));
    expect(told[0]).toMatchObject({ did: 'role_changed', member: 'Sam', who: 'Nina' });
  });
});

describe('one’s own sessions', () => {
  test('are listed with this one marked, ended one by one or all but this', async () => {
    const { cookie } = await join('lia@example.org', 'Lia');
    const phone = await visit(
      'POST',
      '/api/session',
      { email: 'lia@example.org', password },
      { headers: { 'user-agent': 'Phone/1.0' } },
    );
    const tablet = await signIn('lia@example.org');
    const list = async () =>
      (
        (await visit('GET', '/api/me/sessions', undefined, { cookie })).body as unknown as {
          sessions: { id: string; agent: string | null; isThis: boolean }[];
        }
      ).sessions;
    const open = await list();
    expect(open).toHaveLength(3);
    expect(open.filter(({ isThis }) => isThis)).toHaveLength(1);
    const { id = '' } = open.find(({ agent }) => agent === 'Phone/1.0') ?? {};
    expect((await visit('DELETE', `/api/me/sessions/${id}`, undefined, { cookie })).status).toBe(204);
    expect((await visit('GET', '/api/me', undefined, phone)).status).toBe(401);
    expect((await visit('DELETE', `/api/me/sessions/${id}`, undefined, { cookie })).status).toBe(404);
    const theirs = (await house.ask('GET', '/api/me/sessions')).body as unknown as {
      sessions: { id: string }[];
    };
    const notMine = await visit('DELETE', `/api/me/sessions/${theirs.sessions[0]?.id ?? ''}`, undefined, {
      cookie,
    });
    expect(notMine.status).toBe(404);
    expect((await visit('POST', '/api/me/sessions/end-others', {}, { cookie })).body).toEqual({ ended: 1 });
    expect((await visit('GET', '/api/me', undefined, tablet)).status).toBe(401);
    expect(await list()).toHaveLength(1);
  });

  test('a changed password ends the others and keeps this one', async () => {
    const { cookie } = await join('ida@example.org', 'Ida');
    const elsewhere = await signIn('ida@example.org');
    const change = (old: string) => visit('PUT', '/api/me/password', { old, password: other }, { cookie });
    expect((await change('not the one')).body['code']).toBe('password_wrong');
    expect((await change(password)).status).toBe(204);
    expect((await visit('GET', '/api/me', undefined, elsewhere)).status).toBe(401);
    expect((await visit('GET', '/api/me', undefined, { cookie })).status).toBe(200);
  });
});

test('an invited person who never came cannot sign in', async () => {
  await invite('ghost@example.org');
  const door = createSignIn(house.store);
  await expect(door.signIn('ghost@example.org', '', { ip: 'x', agent: null })).rejects.toThrow(
    'do not go together',
  );
});
