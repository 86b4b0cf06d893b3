import { isRefusal, type Carrier, type World } from './carrier.ts';
import { collectMedia, mediaNotCollected } from './collect-media.ts';
import type { Fault } from './faults.ts';
import type { Content } from './contents.ts';
import { answer, readForm, readJson, type Call } from './http.ts';
import { presentMessage, rfc2822, type Media, type Message } from './message.ts';
import type { Form } from './refusal.ts';

function refuse(call: Call, http: number, code: number, message: string): void {
  answer(call.response, http, {
    code,
    message,
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status: http,
  });
}

const missing = (call: Call): void =>
  refuse(call, 404, 20404, `The requested resource ${call.path} was not found`);

function isAuthorised(carrier: Carrier, call: Call): boolean {
  const { accountSid, authToken } = carrier.world;
  return (
    call.headers.authorization === `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`
  );
}

function accept(
  carrier: Carrier,
  call: Call,
  form: Form,
  faults: ReadonlySet<Fault>,
  calledAt: number,
): Message | null {
  const outcome = carrier.accept(form, faults, calledAt);
  if (isRefusal(outcome)) {
    refuse(call, outcome.http, outcome.code, outcome.message);
    return null;
  }
  const { hidden, faults: plan } = carrier.world;
  if (faults.has('list-lags')) hidden.set(outcome.sid, performance.now() + plan.delayMs('list-lags'));
  return outcome;
}

const internalError = (call: Call): void => refuse(call, 500, 20500, 'An internal server error has occurred');

/** What goes wrong before the message is taken; true when that was all. */
async function failBefore(carrier: Carrier, call: Call, faults: ReadonlySet<Fault>): Promise<boolean> {
  const refusal = [...faults].find((fault) => fault.startsWith('4xx:'));
  if (refusal) {
    const code = Number(refusal.slice('4xx:'.length));
    refuse(call, code === 20003 ? 401 : code === 20404 ? 404 : 400, code, `Refused by script with ${code}`);
    return true;
  }
  if (faults.has('429')) {
    refuse(call, 429, 20429, 'Too Many Requests');
    return true;
  }
  if (faults.has('500-before-accept')) {
    internalError(call);
    return true;
  }
  // The line stays open and silent until the caller hangs up.
  if (faults.has('hang')) return true;
  if (faults.has('accept-late')) await carrier.world.life.delay(carrier.world.faults.delayMs('accept-late'));
  return false;
}

/** What goes wrong with the answer; false when it may be given. */
async function failAfter(carrier: Carrier, call: Call, faults: ReadonlySet<Fault>): Promise<boolean> {
  if (faults.has('slow')) await carrier.world.life.delay(carrier.world.faults.delayMs('slow'));
  if (faults.has('500-after-accept')) {
    internalError(call);
    return true;
  }
  if (faults.has('drop-after-accept')) {
    call.response.destroy();
    return true;
  }
  return faults.has('hang-after-accept');
}

/** What it carries is fetched first; an address that gives nothing ends it. */
function begin(world: World, message: Message, faults: ReadonlySet<Fault>): Promise<void> {
  if (message.media.length === 0) return world.life.begin(world, message, faults);
  return world.life.track(async () => {
    if (await collectMedia(world, message)) return world.life.begin(world, message, faults);
    world.life.move(world, message, 'failed', mediaNotCollected);
  });
}

async function createMessage(carrier: Carrier, call: Call, calledAt: number): Promise<void> {
  const { world } = carrier;
  world.counters.calls += 1;
  const form: Form = readForm(call);
  const faults = world.faults.forCall(form.To ?? '');
  if (await failBefore(carrier, call, faults)) return;
  const message = accept(carrier, call, form, faults, calledAt);
  if (!message) return;
  const answered = presentMessage(message, world.accountSid);
  const reported = begin(world, message, faults);
  if (faults.has('status-before-answer')) await reported;
  if (await failAfter(carrier, call, faults)) return;
  answer(call.response, 201, answered);
}

function dateOf(text: string | null): number | undefined {
  const ms = text === null ? NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

function listMessages(carrier: Carrier, call: Call): void {
  const { query } = call;
  const now = performance.now();
  const token = query.get('PageToken')?.replace(/^PA/, '');
  const pageSize = Math.min(1_000, Math.max(1, Number(query.get('PageSize') ?? 50)));
  const page = carrier.world.book.list(
    {
      to: query.get('To') ?? undefined,
      from: query.get('From') ?? undefined,
      sentAfter: dateOf(query.get('DateSent>')),
      sentBefore: dateOf(query.get('DateSent<')),
      sentOn: dateOf(query.get('DateSent')),
      pageSize,
      before: token === undefined ? undefined : Number(token),
    },
    (message) => (carrier.world.hidden.get(message.sid) ?? 0) <= now,
  );
  const next = new URLSearchParams(query);
  const number = Number(query.get('Page') ?? 0);
  next.set('PageSize', String(pageSize));
  next.set('Page', String(number + 1));
  next.set('PageToken', `PA${page.next ?? 0}`);
  answer(call.response, 200, {
    messages: page.messages.map((message) => presentMessage(message, carrier.world.accountSid)),
    page: number,
    page_size: pageSize,
    uri: `${call.path}?${query}`,
    first_page_uri: `${call.path}?PageSize=${pageSize}&Page=0`,
    previous_page_uri: null,
    next_page_uri: page.next === null ? null : `${call.path}?${next}`,
  });
}

/** `Body=` blanks the text; `Status=canceled` stops what has not left. */
function updateMessage(carrier: Carrier, call: Call, message: Message): void {
  const form = readForm(call);
  if (form.Body === '') {
    message.body = '';
    carrier.world.book.note(message, 'redacted');
  }
  if (form.Status === 'canceled') carrier.world.life.move(carrier.world, message, 'canceled', null);
  answer(call.response, 200, presentMessage(message, carrier.world.accountSid));
}

function presentMedia(carrier: Carrier, message: Message): Record<string, unknown>[] {
  return message.media.map(({ sid, type }) => ({
    sid,
    account_sid: carrier.world.accountSid,
    parent_sid: message.sid,
    content_type: type,
    date_created: rfc2822(message.createdAt),
    date_updated: rfc2822(message.updatedAt),
    uri: `/2010-04-01/Accounts/${carrier.world.accountSid}/Messages/${message.sid}/Media/${sid}.json`,
  }));
}

/** Without `.json` it is the file itself; the carrier's own sends on to its storage from here. */
function serveFile({ world }: Carrier, call: Call, { sid, type }: Media): void {
  const bytes = world.media.find(sid);
  if (!bytes) return missing(call);
  call.response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.length });
  call.response.end(bytes);
}

function serveMedia(carrier: Carrier, call: Call, message: Message, mediaSid: string | undefined): void {
  const media = message.media.find(({ sid }) => sid === mediaSid);
  if (media && call.method === 'GET' && !call.path.endsWith('.json')) return serveFile(carrier, call, media);
  if (call.method === 'DELETE') {
    carrier.world.media.drop(mediaSid ?? '');
    message.media = message.media.filter(({ sid }) => sid !== mediaSid);
    carrier.world.book.note(message, 'redacted');
    answer(call.response, 204);
    return;
  }
  const list = presentMedia(carrier, message);
  if (!mediaSid)
    answer(call.response, 200, { media_list: list, page: 0, page_size: 50, next_page_uri: null });
  else if (list.some((media) => media.sid === mediaSid))
    answer(
      call.response,
      200,
      list.find((media) => media.sid === mediaSid),
    );
  else missing(call);
}

function serveMessage(carrier: Carrier, call: Call, message: Message): void {
  if (call.method === 'GET') answer(call.response, 200, presentMessage(message, carrier.world.accountSid));
  else if (call.method === 'POST') updateMessage(carrier, call, message);
  else answer(call.response, carrier.world.book.remove(message.sid) ? 204 : 404);
}

const messagesPath =
  /^\/2010-04-01\/Accounts\/(\w+)\/Messages(?:\/(\w+)(?:\/(Media)(?:\/(\w+))?)?)?(?:\.json)?$/;

async function serveMessages(
  carrier: Carrier,
  call: Call,
  found: RegExpExecArray,
  calledAt: number,
): Promise<void> {
  const [, accountSid, sid, media, mediaSid] = found;
  if (accountSid !== carrier.world.accountSid) return missing(call);
  if (!sid)
    return call.method === 'POST' ? createMessage(carrier, call, calledAt) : listMessages(carrier, call);
  const message = carrier.world.book.find(sid);
  if (!message) return missing(call);
  return media ? serveMedia(carrier, call, message, mediaSid) : serveMessage(carrier, call, message);
}

function presentContent(carrier: Carrier, content: Content): Record<string, unknown> {
  const url = `https://content.twilio.com/v1/Content/${content.sid}`;
  return {
    sid: content.sid,
    account_sid: carrier.world.accountSid,
    friendly_name: content.friendlyName,
    language: content.language,
    variables: content.variables,
    types: content.types,
    date_created: new Date(content.createdAt).toISOString(),
    date_updated: new Date(content.createdAt).toISOString(),
    url,
    links: { approval_create: `${url}/ApprovalRequests/whatsapp`, approval_fetch: `${url}/ApprovalRequests` },
  };
}

function presentApproval(content: Content): Record<string, unknown> {
  const { name, category, status, reason } = content.approval ?? {
    name: '',
    category: '',
    status: 'unsubmitted',
    reason: '',
  };
  return {
    type: 'whatsapp',
    name,
    category,
    status,
    rejection_reason: reason,
    content_type: Object.keys(content.types)[0] ?? '',
  };
}

function serveApproval(carrier: Carrier, call: Call, content: Content): void {
  if (call.method === 'POST') {
    carrier.world.contents.submit(content, readJson(call));
    answer(call.response, 201, { ...presentApproval(content), status: 'received' });
    return;
  }
  const url = `https://content.twilio.com/v1/Content/${content.sid}/ApprovalRequests`;
  answer(call.response, 200, {
    sid: content.sid,
    account_sid: carrier.world.accountSid,
    url,
    whatsapp: presentApproval(content),
  });
}

const contentPath = /^\/v1\/Content(?:\/(HX\w+)(\/ApprovalRequests(?:\/whatsapp)?)?)?$/;

function serveContent(carrier: Carrier, call: Call, found: RegExpExecArray): void {
  const { contents, clock } = carrier.world;
  const [, sid, approval] = found;
  if (!sid && call.method === 'POST') {
    return answer(
      call.response,
      201,
      presentContent(carrier, contents.create(readJson(call), clock.now().getTime())),
    );
  }
  if (!sid) {
    const list = contents.list().map((content) => presentContent(carrier, content));
    return answer(call.response, 200, {
      contents: list,
      meta: {
        key: 'contents',
        page: 0,
        page_size: list.length,
        next_page_url: null,
        previous_page_url: null,
      },
    });
  }
  const content = contents.find(sid);
  if (!content) return missing(call);
  if (approval) return serveApproval(carrier, call, content);
  if (call.method === 'DELETE') return answer(call.response, contents.remove(sid) ? 204 : 404);
  return answer(call.response, 200, presentContent(carrier, content));
}

/** Answers one call of the carrier's public API, or does nothing and says false when the path is none of it. */
export async function serveRest(carrier: Carrier, call: Call, calledAt: number): Promise<boolean> {
  const messages = messagesPath.exec(call.path);
  const content = messages ? null : contentPath.exec(call.path);
  if (!messages && !content && call.path !== '/v2/Indicators/Typing.json') return false;
  if (!isAuthorised(carrier, call)) {
    refuse(call, 401, 20003, 'Authenticate');
    return true;
  }
  const { world } = carrier;
  if (world.maxConcurrent > 0 && world.inProgress >= world.maxConcurrent) {
    refuse(call, 429, 20429, 'Too Many Requests');
    return true;
  }
  world.inProgress += 1;
  call.response.once('close', () => (world.inProgress -= 1));
  call.response.setHeader('Twilio-Concurrent-Requests', world.inProgress);
  if (messages) await serveMessages(carrier, call, messages, calledAt);
  else if (content) serveContent(carrier, call, content);
  else answer(call.response, 200, { success: true });
  return true;
}
