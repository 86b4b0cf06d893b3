import type { Log } from '../log.ts';
import { note } from './note.ts';
import { pauseSequence, type PauseDeps } from './pause.ts';

/** Beyond this, mailbox providers stop believing us (lifecycle.md §17). */
const most = { complaints: 0.002, bounces: 0.04 } as const;
/** Fewer mails than this say nothing. */
const leastSent = 200;
const looksBackMs = 7 * 86_400_000;

export interface MailBreakerDeps extends PauseDeps {
  readonly log: Log;
}

interface Mailed {
  readonly _id: string;
  readonly sent: number;
  readonly bounced: number;
  readonly complained: number;
}

/**
 * Pauses each sequence whose mails of the last week were complained of or came back too often. A person lets it speak again,
 * and from there the count begins anew.
 */
export async function breakMail(deps: MailBreakerDeps): Promise<{ readonly mailBroken: number }> {
  const { store, clock, log } = deps;
  const now = clock.now();
  let broken = 0;
  for (const { _id: flow, pausedAt, mailBrokenAt } of await store.flows.find({ kind: 'flow' }).toArray()) {
    if (pausedAt) continue;
    const week = new Date(now.getTime() - looksBackMs);
    const since = mailBrokenAt && mailBrokenAt > week ? mailBrokenAt : week;
    const mailed = await mailedBy(deps, flow, since);
    const why = mailed && reasonOf(mailed);
    if (!why) continue;
    await pauseSequence(deps, flow);
    await store.flows.updateOne({ _id: flow }, { $set: { mailBrokenAt: now } });
    await note(deps, {
      who: 'house',
      did: 'sequence_broken',
      contactId: null,
      detail: { flow, why, ...mailed },
    });
    log.error(
      { flow, why, sent: mailed.sent },
      'a sequence pauses: its mails are not wanted, or do not arrive',
    );
    broken += 1;
  }
  return { mailBroken: broken };
}

async function mailedBy({ store }: MailBreakerDeps, flow: string, since: Date): Promise<Mailed | null> {
  const isBounce = { $in: ['$code', ['hard_bounce', 'soft_bounce']] };
  const [mailed] = await store.outbox
    .aggregate<Mailed>([
      { $match: { channel: 'email', createdAt: { $gt: since }, 'guard.flow': flow } },
      { $match: { $or: [{ sid: { $type: 'string' } }, { code: 'hard_bounce' }] } },
      {
        $group: {
          _id: flow,
          sent: { $sum: 1 },
          bounced: { $sum: { $cond: [isBounce, 1, 0] } },
          complained: { $sum: { $cond: [{ $eq: [{ $type: '$complainedAt' }, 'date'] }, 1, 0] } },
        },
      },
    ])
    .toArray();
  return mailed ?? null;
}

function reasonOf({ sent, bounced, complained }: Mailed): 'complaints' | 'bounces' | null {
  if (sent < leastSent) return null;
  if (complained / sent > most.complaints) return 'complaints';
  return bounced / sent > most.bounces ? 'bounces' : null;
}
