import type { Store } from '../store/connect.ts';

/** One thing that was done to, for or about a contact: who, what, when; never what was said. */
export interface AuditLine {
  readonly at: Date;
  /** A coach's id, `guard`, `bot`, `artist`, `cli`, `house`. */
  readonly who: string;
  readonly did: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AuditAsk {
  readonly since: Date;
  readonly most: number;
}

/** What erased or sent rows tell: states that a person would ask about. */
const toldStatuses: ReadonlySet<string> = new Set(['sent', 'failed', 'blocked', 'ghost', 'unsure']);

/**
 * The audit trail of one contact, newest first (compliance.md §9): who saw, took, sent and exported; each change of consent
 * with its source; each send the guard refused or put off, with its rule and reason; what became of each message.
 */
export async function readAudit(
  store: Store,
  contactId: string,
  { since, most }: AuditAsk,
): Promise<readonly AuditLine[]> {
  const of = { contactId, at: { $gte: since } };
  const newest = { at: -1 } as const;
  const [acts, consents, decisions, rows] = await Promise.all([
    store.audit.find(of).sort(newest).limit(most).toArray(),
    store.consents.find(of).sort(newest).limit(most).toArray(),
    store.decisions
      .find({ ...of, verdict: { $ne: 'go' } })
      .sort(newest)
      .limit(most)
      .toArray(),
    store.outbox
      .find(
        { contactId, createdAt: { $gte: since } },
        { projection: { channel: 1, class: 1, by: 1, history: 1, stepKey: 1 } },
      )
      .sort({ createdAt: -1 })
      .limit(most)
      .toArray(),
  ]);
  const lines: AuditLine[] = [
    ...acts.map(({ at, who, did, detail }) => ({ at, who, did, detail: detail ?? {} })),
    ...consents.map(({ at, actor, action, channel, purpose, source, wordingId }) => ({
      at,
      who: actor,
      did: `consent_${action}`,
      detail: { channel, purpose, source, ...(wordingId ? { wordingId } : {}) },
    })),
    ...decisions.map(({ at, verdict, rule, reason, until, rowId, stepKey }) => ({
      at,
      who: 'guard',
      did: verdict === 'never' ? 'refused' : verdict === 'wait' ? 'put_off' : 'replaced',
      detail: { rule, reason, rowId, ...(until ? { until } : {}), ...(stepKey ? { stepKey } : {}) },
    })),
    ...rows.flatMap(({ _id, channel, class: kind, by, history }) =>
      history
        .filter(({ status, at }) => toldStatuses.has(status) && at >= since)
        .map(({ at, status, reason, code }) => ({
          at,
          who: by,
          did: `message_${status}`,
          detail: {
            rowId: _id,
            channel,
            class: kind,
            ...(reason ? { reason } : {}),
            ...(code ? { code } : {}),
          },
        })),
    ),
  ];
  return lines.sort((one, other) => other.at.getTime() - one.at.getTime()).slice(0, most);
}
