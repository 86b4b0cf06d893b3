import type { World } from './carrier.ts';
import type { Fault } from './faults.ts';
import type { Message, Status } from './message.ts';
import { isWhatsapp } from './sender.ts';
import type { Params } from './webhook.ts';

/** What becomes of messages after the answer: the sender's queue, statuses, callbacks. */
export interface Life {
  /** Plays a message from acceptance to its last status. Resolves once its first callback was answered. */
  begin(world: World, message: Message, faults: ReadonlySet<Fault>): Promise<void>;
  /** Sets a status and posts it. */
  move(world: World, message: Message, status: Status, errorCode: number | null): void;
  /** Runs work that `settle` waits for. */
  track<T>(work: () => Promise<T>): Promise<T>;
  /** Waits without `settle` waiting for it, unless it is short. */
  delay(ms: number, isFault?: boolean): Promise<void>;
  settle(): Promise<void>;
  stop(): void;
}

interface Station {
  readonly status: Status;
  readonly errorCode: number | null;
  readonly afterMs: number;
}

const windowMs = 24 * 3_600_000;

/** Free text reaches a WhatsApp phone only within 24 h of its last message; a template at any time. */
function isOutsideWindow(world: World, message: Message): boolean {
  if (!isWhatsapp(message.to)) return false;
  const content = message.contentSid ? world.contents.find(message.contentSid) : undefined;
  if (content?.approval?.status === 'approved') return false;
  const lastAt = world.windows.get(`${message.from}|${message.to}`);
  return lastAt === undefined || message.createdAt - lastAt >= windowMs;
}

/** Why it will fail after having been accepted, or null. */
function doom(world: World, message: Message, faults: ReadonlySet<Fault>): number | null {
  for (const fault of faults) {
    if (fault.startsWith('failed:')) return Number(fault.slice('failed:'.length));
  }
  if (world.blocks.has(message.from, message.to)) return 21610;
  return isOutsideWindow(world, message) ? 63016 : null;
}

const failed = (errorCode: number, afterMs = 0): Station[] => [{ status: 'failed', errorCode, afterMs }];

/** The stations a message passes; the first status, in the create answer, is none of them. */
function stations(world: World, message: Message, faults: ReadonlySet<Fault>): Station[] {
  const code = doom(world, message, faults);
  if (code !== null) return failed(code, world.pace.sentMs);
  const queueMs = world.senders.enqueue(message.from, message.segments, Date.now());
  if (queueMs === null) return failed(30001);
  if (queueMs > message.validityS * 1000) return failed(30036, message.validityS * 1000);
  const way: Station[] = [
    { status: 'sent', errorCode: null, afterMs: queueMs + world.pace.sentMs },
    { status: 'delivered', errorCode: null, afterMs: world.pace.deliveredMs },
  ];
  if (message.serviceSid) way.unshift({ status: 'queued', errorCode: null, afterMs: 0 });
  if (world.pace.readMs !== null && isWhatsapp(message.to))
    way.push({ status: 'read', errorCode: null, afterMs: world.pace.readMs });
  return way;
}

/** YYMMDDhhmm, no time zone, as operators write it. */
function rawDate(ms: number): string {
  return new Date(ms).toISOString().replace(/\D/g, '').slice(2, 12);
}

/** The parameters of a status callback. */
export function statusParams(
  world: World,
  message: Message,
  status: Status,
  errorCode: number | null,
): Params {
  return {
    AccountSid: world.accountSid,
    ApiVersion: '2010-04-01',
    From: message.from,
    To: message.to,
    MessageSid: message.sid,
    SmsSid: message.sid,
    MessageStatus: status,
    SmsStatus: status,
    ...(message.serviceSid && { MessagingServiceSid: message.serviceSid }),
    ...(errorCode !== null && { ErrorCode: String(errorCode) }),
    ...(isWhatsapp(message.to) && {
      ChannelPrefix: 'whatsapp',
      ChannelInstallSid: 'XE00000000000000000000000000000000',
    }),
    ...(isWhatsapp(message.to) && errorCode !== null && { ChannelStatusMessage: `Error ${errorCode}` }),
    ...(isWhatsapp(message.to) && status === 'read' && { EventType: 'READ' }),
    ...(!isWhatsapp(message.to) &&
      status === 'delivered' && { RawDlrDoneDate: rawDate(world.clock.now().getTime()) }),
  };
}

const rank: Partial<Record<Status, number>> = { accepted: 0, queued: 1, sending: 2, sent: 3, read: 5 };
const rankOf = (status: Status): number => rank[status] ?? 4;

function apply(world: World, message: Message, status: Status, errorCode: number | null): void {
  if (rankOf(status) < rankOf(message.status)) return;
  message.status = status;
  message.errorCode = errorCode;
  message.updatedAt = world.clock.now().getTime();
  if (status === 'sent' || status === 'delivered') message.sentAt ??= message.updatedAt;
  world.book.note(message, 'status');
}

async function post(world: World, message: Message, status: Status, errorCode: number | null): Promise<void> {
  if (!message.callback) return;
  world.counters.callbacks += 1;
  const answer = await world.hooks.post(message.callback, statusParams(world, message, status, errorCode));
  if (answer.status === null || answer.status >= 400) world.counters.callbacksFailed += 1;
}

export function createLife(): Life {
  let open = 0;
  let isStopped = false;
  const waiting = new Set<() => void>();
  const timers = new Set<NodeJS.Timeout>();

  const hold = (): void => {
    open += 1;
  };
  const release = (): void => {
    open -= 1;
    if (open > 0) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  const track = async <T>(work: () => Promise<T>): Promise<T> => {
    hold();
    try {
      return await work();
    } finally {
      release();
    }
  };
  const delay: Life['delay'] = (ms, isFault = false) => {
    if (ms <= 0) return new Promise((done) => setImmediate(done));
    if (isFault) release();
    return new Promise((done) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (isFault) hold();
        done();
      }, ms);
      timers.add(timer);
    });
  };

  /** One callback with the faults that concern it. */
  const report = async (
    world: World,
    message: Message,
    station: Station,
    faults: ReadonlySet<Fault>,
  ): Promise<void> => {
    if (faults.has('no-status')) return;
    if (faults.has('late-status')) await delay(world.faults.delayMs('late-status'), true);
    await post(world, message, station.status, station.errorCode);
    if (faults.has('duplicate-status')) await post(world, message, station.status, station.errorCode);
  };

  return {
    begin: (world, message, faults) =>
      new Promise((answered) => {
        void track(async () => {
          for (const station of stations(world, message, faults)) {
            await delay(station.afterMs);
            if (isStopped || message.status === 'canceled') break;
            apply(world, message, station.status, station.errorCode);
            const reported = track(() => report(world, message, station, faults));
            // Late ones overtake each other; the others come in order.
            if (!faults.has('late-status')) await reported;
            answered();
          }
          answered();
        });
      }),
    move: (world, message, status, errorCode) => {
      apply(world, message, status, errorCode);
      void track(() => post(world, message, status, errorCode));
    },
    track,
    delay,
    settle: () => (open === 0 ? Promise.resolve() : new Promise((done) => waiting.add(done))),
    stop: () => {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
