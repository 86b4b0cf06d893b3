import { createHash } from 'node:crypto';
import webPush from 'web-push';
import { type Clock, systemClock } from '../../clock.ts';
import type { Row } from '../../core/row.ts';
import type { Log } from '../../log.ts';
import { type Channel, SendError } from '../channel.ts';
import { post } from './post.ts';

export { readEndpoint } from './endpoint.ts';

/** A browser that may be told: `PushSubscription.toJSON()`, as far as we need it. */
export interface Subscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** Whoever holds these keys is us to every browser that said yes; a new pair kills every subscription. */
export interface Vapid {
  readonly publicKey: string;
  readonly privateKey: string;
  /** `mailto:…` or `https://…`: whom a push service may ask. */
  readonly subject: string;
}

/** What a service worker reads. */
export interface Notification {
  readonly title: string;
  readonly body: string;
  readonly url: string;
  /** A later one of the same topic takes the place of this one; letters, digits, `-` and `_`, 32 at most. */
  readonly topic: string;
  readonly ttlS: number;
  readonly isUrgent: boolean;
}

export interface PushOptions {
  readonly vapid: Vapid;
  /** Where a notification without a link of its own leads. */
  readonly publicUrl: string;
  /** The browsers behind an address, as they are now. */
  readonly subscriptionsOf: (address: string) => Promise<readonly Subscription[]>;
  /** The push service says that this browser is gone (404, 410): it is not asked again. */
  readonly ended: (subscription: Subscription) => Promise<void>;
  /** Base of the sandbox's own push service; null on the open internet. */
  readonly trusted: string | null;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface PushCarrier {
  readonly channel: Channel;
  /** Tells people of ours; what does not arrive is not worth a second try. Resolves with how many browsers took it. */
  notify(subscriptions: readonly Subscription[], notification: Notification): Promise<number>;
}

/** The sender's key: there is one of us. */
export const pushSender = 'push:web';

const longestTopic = 32;
const longestTtlS = 86_400;
const notifyMs = 8_000;

/** The row and every new try of it are one notification, so that a second one takes the place of the first. */
export const topicOf = ({ id, topic }: Pick<Row, 'id' | 'topic'>): string =>
  topic ??
  createHash('sha256')
    .update(id.replace(/\+\d+$/, ''))
    .digest('base64url')
    .slice(0, longestTopic);

type Outcome = 'taken' | 'gone' | 'later' | 'refused' | 'unknown';
interface Answer {
  readonly outcome: Outcome;
  readonly code: string;
}

/** RFC 8030: only a 2xx takes the message, so a 5xx has not, and the Topic makes a second one replace it. */
function answerOf(status: number): Answer {
  const code = `push_${String(status)}`;
  if (status >= 200 && status < 300) return { outcome: 'taken', code };
  if (status === 404 || status === 410) return { outcome: 'gone', code };
  if (status === 429 || status >= 500) return { outcome: 'later', code: status === 429 ? 'http_429' : code };
  return { outcome: 'refused', code };
}

/** Web push: one message to every browser of one person. It cannot be asked what it took, so it has no `find`. */
export function createPush(options: PushOptions): PushCarrier {
  const { vapid, subscriptionsOf, ended, trusted, log, clock = systemClock } = options;

  async function deliver(one: Subscription, told: Notification, signal: AbortSignal): Promise<Answer> {
    const { endpoint, headers, body } = encrypted(one, told, vapid);
    const answer = await post({ endpoint, headers, body }, signal, trusted).then(answerOf, unanswered);
    if (answer.outcome === 'gone') await ended(one);
    if (answer.outcome === 'refused') log.error({ code: answer.code }, 'a push service refuses our message');
    return answer;
  }

  return {
    channel: {
      name: 'push',
      senders: [pushSender],
      async send(row, { signal }) {
        if (signal.aborted) throw new SendError('not_begun', true);
        const subscriptions = await subscriptionsOf(row.address);
        const told = notificationOf(row, options.publicUrl, clock.now());
        const answers = await Promise.all(subscriptions.map((one) => deliver(one, told, signal)));
        conclude(answers);
        return { sid: `${topicOf({ id: row.id, topic: null })}.${String(row.attempt)}`, status: 'sent' };
      },
    },
    async notify(subscriptions, notification) {
      const signal = AbortSignal.timeout(notifyMs);
      const answers = await Promise.all(subscriptions.map((one) => deliver(one, notification, signal)));
      return answers.filter(({ outcome }) => outcome === 'taken').length;
    },
  };
}

/** One browser that took it is enough; else what is least sure of the others decides. */
function conclude(answers: readonly Answer[]): void {
  const first = (outcome: Outcome): Answer | undefined => answers.find((one) => one.outcome === outcome);
  if (first('taken')) return;
  const unknown = first('unknown');
  if (unknown) throw new Error(unknown.code);
  const later = first('later');
  if (later) throw new SendError(later.code, true);
  throw new SendError(first('refused')?.code ?? 'no_subscription', false);
}

function unanswered(error: unknown): Answer {
  if (error instanceof SendError) return { outcome: error.retry ? 'later' : 'refused', code: error.code };
  return { outcome: 'unknown', code: error instanceof Error ? error.message : String(error) };
}

/** Never longer than its text is true (lifecycle.md §17). What a person waits for within hours wakes the device. */
function notificationOf(row: Row, publicUrl: string, now: Date): Notification {
  const { body, guard, expiresAt } = row;
  const until = Math.min(expiresAt.getTime(), guard.perishAt?.getTime() ?? Infinity);
  return {
    title: body.subject ?? '',
    body: body.text,
    url: body.link ?? publicUrl,
    topic: topicOf(row),
    ttlS: Math.max(0, Math.min(longestTtlS, Math.floor((until - now.getTime()) / 1000))),
    isUrgent: row.class === 'service' && Boolean(guard.perishAt),
  };
}

function encrypted({ endpoint, keys }: Subscription, told: Notification, vapidDetails: Vapid) {
  const { title, body, url, topic, ttlS, isUrgent } = told;
  const { headers, body: sealed } = webPush.generateRequestDetails(
    { endpoint, keys: { ...keys } },
    JSON.stringify({ title, body, url, topic }),
    { vapidDetails: { ...vapidDetails }, TTL: ttlS, topic, urgency: isUrgent ? 'high' : 'normal' },
  );
  if (!sealed) throw new Error('a notification without content was made');
  return { endpoint, headers: headers as Record<string, string | number>, body: sealed };
}
