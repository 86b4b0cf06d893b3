import type { ConsentRecord, Purpose, SuppressionReason } from '../contact.ts';
import { channels, type Channel } from '../vocabulary.ts';
import { blockQueued } from './rows.ts';
import { nextId, type Scene } from './scene.ts';

export interface Withdrawal {
  readonly scope: Channel | 'all';
  readonly reason: Extract<SuppressionReason, 'stop' | 'objection' | 'complaint' | 'provider_21610'>;
  readonly source: ConsentRecord['source'];
  /** The inbound's id and its exact text, or the button, the page, the carrier's code. */
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly actor: string;
}

/** Ends consent: ledger, suppression, and every queued row it covers (compliance.md §3). */
export function withdraw(scene: Scene, withdrawal: Withdrawal): void {
  const covered = withdrawal.scope === 'all' ? channels : [withdrawal.scope];
  for (const channel of covered) {
    recordConsent(scene, channel, withdrawal);
    suppressAddresses(scene, channel, withdrawal);
  }
  blockQueued(scene, (row) => covered.includes(row.channel) && isCovered(scene, row), 'suppressed');
}

/** Gives consent of a channel back, with proof, and lifts what a stop had put there. */
export function grant(scene: Scene, channel: Channel, proof: Omit<Withdrawal, 'scope' | 'reason'>): void {
  record(scene, channel, 'marketing', 'granted', proof);
  const standing = scene.suppressions.filter((one) => one.channel === channel && liftable.has(one.reason));
  scene.suppressions = scene.suppressions.filter((one) => !standing.includes(one));
  const reasons = new Set(['stop' as const, ...standing.map(({ reason }) => reason)]);
  for (const address of addressesOf(scene, channel))
    for (const reason of reasons)
      scene.suppress.push({ channel, address, reason, source: proof.source, lift: true });
}

/** What a person said, and may take back; what the address says stays. */
const liftable: ReadonlySet<SuppressionReason> = new Set(['stop', 'objection', 'complaint']);

const objections: ReadonlySet<Withdrawal['reason']> = new Set(['objection', 'complaint']);

type Proof = Pick<Withdrawal, 'source' | 'evidence' | 'actor'>;

function recordConsent(scene: Scene, channel: Channel, withdrawal: Withdrawal): void {
  const action = objections.has(withdrawal.reason) ? 'objected' : 'withdrawn';
  record(scene, channel, 'marketing', action, withdrawal);
}

/** One more line of the consent ledger; the last one of a channel and purpose counts. */
export function record(
  scene: Scene,
  channel: Channel,
  purpose: Purpose,
  action: ConsentRecord['action'],
  proof: Proof,
): void {
  scene.ledger.push({
    id: nextId(scene, 'consent'),
    contactId: scene.contact.id,
    channel,
    purpose,
    action,
    at: scene.moment.now,
    source: proof.source,
    evidence: proof.evidence,
    actor: proof.actor,
  });
  scene.consents = { ...scene.consents, [`${channel}:${purpose}`]: action };
}

function suppressAddresses(scene: Scene, channel: Channel, withdrawal: Withdrawal): void {
  const { reason, source } = withdrawal;
  const addresses = addressesOf(scene, channel);
  for (const address of addresses) scene.suppress.push({ channel, address, reason, source });
  if (addresses.length > 0)
    scene.suppressions = [...scene.suppressions, { channel, reason, at: scene.moment.now }];
}

const addressesOf = (scene: Scene, channel: Channel): readonly string[] =>
  scene.addresses.filter((address) => address.channel === channel).map((address) => address.value);

/**
 * On SMS and WhatsApp a stop ends every class but compliance; by mail and push it ends marketing. A mail that has a
 * core stays: at its claim the guard drops the marketing sections and the core leaves.
 */
function isCovered(
  scene: Scene,
  row: { class: string; channel: Channel; runId?: string | null; stepKey?: string | null },
): boolean {
  if (row.channel === 'sms' || row.channel === 'whatsapp') return row.class !== 'compliance';
  return row.class === 'marketing' && !hasCore(scene, row);
}

function hasCore(scene: Scene, row: { runId?: string | null; stepKey?: string | null }): boolean {
  const run = row.runId ? scene.runs.get(row.runId) : undefined;
  const flow = run ? scene.loaded.library.flow(run.flow, run.version) : null;
  return typeof flow?.steps.find((step) => step.id === row.stepKey)?.class === 'object';
}
