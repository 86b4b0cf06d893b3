import { Router } from 'express';

type Method = 'get' | 'post' | 'put' | 'delete';

interface Operation {
  readonly path: string;
  readonly method: Method;
  readonly summary: string;
  readonly takes?: string;
  readonly answers: Readonly<Record<string, string>>;
  readonly security?: 'apiKey' | 'session' | 'signature' | 'mailSignature';
}

const form = 'application/x-www-form-urlencoded';
const json = 'application/json';
const coach = (
  method: Method,
  path: string,
  summary: string,
  answers: Operation['answers'] = { '200': 'Done' },
): Operation => ({
  path: `/api${path}`,
  method,
  summary,
  security: 'session',
  answers: { ...answers, '401': 'Not signed in' },
  ...(method === 'post' || method === 'put' ? { takes: json } : {}),
});
const notManager = { '403': 'Managers only' };
const managers = { '200': 'Done', ...notManager };
const moved = { '200': 'The fresh row', '409': 'Someone was first: the owner and the fresh row' };

/** Before the sign-in: nobody is known yet, only what they hold. */
const visitor = (path: string, summary: string, answers: Operation['answers']): Operation => ({
  path: `/api${path}`,
  method: 'post',
  summary,
  takes: json,
  answers: { ...answers, '400': 'Malformed', '429': 'Too many' },
});
const voided = { '404': 'The link was used, replaced, has expired, or never was' };
const weak = { '422': 'The password is too easy to guess' };

const accountOperations: readonly Operation[] = [
  visitor('/invitation/look', 'What an invitation is for', { '200': 'Whom it invites', ...voided }),
  visitor('/invitation/accept', 'Choose a name and a password; signs in', {
    '204': 'Signed in',
    ...voided,
    ...weak,
  }),
  visitor('/password/forgot', 'Ask for a reset link; the same answer whoever asks', { '204': 'Taken' }),
  visitor('/password/look', 'Whose password a reset link is about', { '200': 'The address', ...voided }),
  visitor('/password/reset', 'Choose a new password; every session ends', {
    '204': 'Changed',
    ...voided,
    ...weak,
  }),
  coach('put', '/me/password', 'Change your password; your other sessions end', {
    '204': 'Changed',
    '422': 'The present password is wrong, or the new one too easy to guess',
  }),
  coach('get', '/me/sessions', 'Where you are signed in'),
  coach('delete', '/me/sessions/{session}', 'End one of your sessions', {
    '204': 'Ended',
    '404': 'No such session',
  }),
  coach('post', '/me/sessions/end-others', 'End your other sessions'),
  coach('get', '/team', 'Who belongs to the team (managers)', managers),
  coach('post', '/team', 'Invite someone by e-mail (managers)', {
    '201': 'Invited',
    '409': 'In the team already',
    ...notManager,
  }),
  coach('put', '/team/{id}', 'Change a role (managers)', {
    '204': 'Changed',
    '409': 'The last manager',
    ...notManager,
  }),
  coach('post', '/team/{id}/invitation', 'Send the invitation again (managers)', managers),
  coach('delete', '/team/{id}/invitation', 'Revoke the invitation (managers)', {
    '204': 'Revoked',
    ...notManager,
  }),
  coach('post', '/team/{id}/leave', 'Out of the team: sessions end, threads go back (managers)', managers),
  coach('post', '/team/{id}/forget-code', 'Sign in without a code again; sessions end (managers)', {
    '204': 'Done',
    ...notManager,
  }),
  coach('post', '/team/{id}/return', 'Back in the team (managers)', { '204': 'Back', ...notManager }),
];

const operations: readonly Operation[] = [
  {
    path: '/webhooks/twilio/inbound',
    method: 'post',
    summary: "Twilio's form post for SMS and WhatsApp; answered once stored with majority",
    takes: form,
    security: 'signature',
    answers: {
      '200': 'Stored: <Response/>',
      '400': 'Malformed',
      '403': 'Bad or missing signature',
      '413': 'Too large',
    },
  },
  {
    path: '/webhooks/twilio/status',
    method: 'post',
    summary: 'Delivery status, in any order, any number of times',
    takes: form,
    security: 'signature',
    answers: { '204': 'Taken', '400': 'Malformed', '403': 'Bad or missing signature' },
  },
  {
    path: '/webhooks/email/inbound',
    method: 'post',
    summary: 'An answer by mail',
    takes: json,
    security: 'mailSignature',
    answers: { '200': 'Stored', '400': 'Malformed', '403': 'Bad or missing signature', '413': 'Too large' },
  },
  {
    path: '/webhooks/email/events',
    method: 'post',
    summary: 'Deliveries, bounces, complaints; one or an array',
    takes: json,
    security: 'mailSignature',
    answers: { '200': 'Taken', '400': 'Malformed', '403': 'Bad or missing signature' },
  },
  {
    path: '/v1/events',
    method: 'post',
    summary: "Product events in Segment's shape, one or a batch; idempotent by messageId",
    takes: json,
    security: 'apiKey',
    answers: {
      '202': 'Accepted; issues name the events that could not be read',
      '400': 'No event could be read',
      '401': 'Bad API key',
      '413': 'Too large',
    },
  },
  { path: '/healthz', method: 'get', summary: 'Liveness', answers: { '200': 'Alive' } },
  {
    path: '/readyz',
    method: 'get',
    summary: 'Readiness: database, indexes, worker',
    answers: { '200': 'Ready', '503': 'What it waits for' },
  },
  { path: '/metrics', method: 'get', summary: 'Prometheus text', answers: { '200': 'Metrics' } },
  { path: '/openapi.json', method: 'get', summary: 'This document', answers: { '200': 'OpenAPI 3.1' } },
  {
    path: '/api/session',
    method: 'post',
    summary: 'Sign in',
    takes: json,
    answers: { '204': 'Signed in', '401': 'Refused', '429': 'Too many failures' },
  },
  coach('delete', '/session', 'Sign out', { '204': 'Signed out' }),
  ...accountOperations,
  coach('get', '/me', 'Who is signed in'),
  coach('put', '/me', 'Set your status'),
  coach('get', '/duty', 'Who is on duty, and the hours'),
  coach('get', '/queues', 'Counts of every queue'),
  coach('get', '/threads', 'A hundred rows of a queue'),
  coach('get', '/threads/{id}', 'A thread'),
  coach('get', '/threads/{id}/items', 'Items before or after a seq'),
  coach('get', '/threads/{id}/handback', 'What handing back would send'),
  ...['claim', 'transfer', 'release', 'handback', 'snooze', 'resolve', 'undo'].map((verb) =>
    coach('post', `/threads/{id}/${verb}`, `${verb} a thread`, moved),
  ),
  coach('post', '/threads/{id}/messages', 'Send, checked against what was seen', {
    '201': 'The item',
    '409': 'Changed: what came since',
    '422': "The guard's reason",
  }),
  {
    ...coach(
      'post',
      '/threads/{id}/files',
      'Attach a file: its bytes, its name percent-encoded in x-file-name',
      {
        '201': 'The file, to be named in a message',
        '413': 'Over 5 MB',
        '422': 'Of a kind no carrier takes',
      },
    ),
    takes: 'application/octet-stream',
  },
  coach('delete', '/threads/{id}/files/{file}', 'Take back a file that was not sent', { '204': 'Gone' }),
  coach('get', '/files/{file}', 'What a coach sent', { '200': 'The bytes', '404': 'Kept no more' }),
  coach('get', '/items/{id}/media/{place}', 'What an artist sent, fetched from the carrier', {
    '200': 'The bytes',
    '404': 'The carrier has it no more',
    '413': 'Over 16 MB',
    '422': 'Not of a kind that is shown',
  }),
  {
    path: '/f/{key}',
    method: 'get',
    summary: 'A file that was sent, for the carrier and who got the link; 30 days',
    answers: { '200': 'The bytes', '404': 'No such file, or its time is over' },
  },
  coach('delete', '/threads/{id}/messages/{item}', 'Take a message back within 8 s', moved),
  coach('post', '/threads/{id}/notes', 'Add a note', { '201': 'The item' }),
  coach('put', '/threads/{id}/drafts/{mode}', 'Keep a draft', { '204': 'Kept' }),
  coach('post', '/threads/{id}/tags', 'Set tags'),
  coach('post', '/threads/{id}/future/{step}/skip', 'Skip a planned nudge', moved),
  coach('post', '/threads/{id}/future/{step}/move', 'Give a planned nudge another hour', moved),
  coach(
    'post',
    '/threads/{id}/future/{step}/now',
    'Ask a planned nudge to leave now, through the guard',
    moved,
  ),
  coach('post', '/threads/{id}/promises', 'Promise an answer: a line now, the thread back at that hour', {
    '201': 'The item and the row',
    '409': 'Changed: what came since',
    '422': "The guard's reason",
  }),
  coach('post', '/threads/{id}/unread', 'Mark a thread unread'),
  coach('get', '/threads/{id}/templates', 'Approved WhatsApp messages, with what is known of this artist'),
  coach('get', '/canned', 'Prepared replies, said to one artist'),
  coach('get', '/search', 'People by name, mail or number; messages by their words'),
  coach('get', '/contacts', 'People, by name, address or segment'),
  coach('get', '/contacts/{id}', 'One person: runs, consents with proof, decisions, points'),
  coach('get', '/segments', 'Segments and how many are in each'),
  coach('get', '/flows', 'Published sequences, and the runs in flight'),
  coach('get', '/sequences/{flow}', 'One sequence, step by step'),
  coach('get', '/sequences/{flow}/steps/{step}', 'A message as it would leave'),
  coach('get', '/sequences/{flow}/pause', 'What pausing would hold, or resuming let go'),
  coach('post', '/sequences/{flow}/pause', 'Pause a sequence (manager)', { '204': 'Paused' }),
  coach('post', '/sequences/{flow}/resume', 'Resume a sequence (manager)', { '204': 'Resumed' }),
  coach('get', '/compliance', 'Consents, ways out, refusals, tasks (manager)'),
  coach('get', '/health', 'How the house is doing'),
  coach('get', '/offers', 'Facts that messages lean on, how fresh each is, which steps lean on it'),
  coach('get', '/offers/{key}', 'A fact: its history, and what each message becomes without it', {
    '200': 'Done',
    '404': 'No text leans on it and nobody stated it',
  }),
  coach('post', '/offers/import', 'Facts from a CSV; dry, it only says what it would do (manager)', {
    '200': 'What became of each row',
    '400': 'The first line names no columns',
    '403': 'Managers only',
  }),
  coach('put', '/offers/{key}', 'State a fact (manager)', {
    '200': 'Stated',
    '409': 'Its end was quoted, or a newer one is known',
    '422': 'Why it is no fact',
  }),
  coach('get', '/items/{id}/why', 'Why this was said, or was not'),
  coach('get', '/stream', 'Live news (server-sent events)'),
  coach('post', '/presence', 'Look at or type in a thread', { '204': 'Noted' }),
  coach('post', '/sync', 'What a window that lost its stream lacks'),
];

const errorSchema = {
  type: 'object',
  required: ['statusCode', 'error', 'message'],
  properties: {
    statusCode: { type: 'integer' },
    error: { type: 'string' },
    message: { type: 'string' },
    code: { type: 'string' },
    issues: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
  },
};

function describe({ path, summary, takes, answers, security }: Operation) {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return {
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(takes
      ? { requestBody: { required: true, content: { [takes]: { schema: { type: 'object' } } } } }
      : {}),
    ...(security ? { security: [{ [security]: [] }] } : {}),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, description]) => [
        status,
        {
          description,
          ...(Number(status) >= 400
            ? { content: { [json]: { schema: { $ref: '#/components/schemas/Error' } } } }
            : {}),
        },
      ]),
    ),
  };
}

/** The HTTP API, as OpenAPI 3.1. A test holds it to the routes that answer. */
export function describeApi() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'MONA x SPARK',
      version: '1',
      description: 'The two-way messaging engine: webhooks in, events in, the inbox.',
    },
    paths,
    components: {
      schemas: { Error: errorSchema },
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-mona' },
        signature: { type: 'apiKey', in: 'header', name: 'X-Twilio-Signature' },
        mailSignature: { type: 'apiKey', in: 'header', name: 'X-Signature' },
      },
    },
  };
}

export function openapi(): Router {
  const router = Router();
  const document = describeApi();
  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  return router;
}
