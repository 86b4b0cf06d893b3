import type { Arrival } from '../arrival.ts';
import type { Address } from '../contact.ts';
import { isVip } from '../vip.ts';
import type { Channel } from '../vocabulary.ts';
import { callPerson } from './reception.ts';
import { addItem, setThread, type Scene } from './scene.ts';
import { settleSoftStops } from './stop.ts';
import { withdraw } from './withdraw.ts';

type ReceiptArrival = Extract<Arrival, { kind: 'receipt' }>;

/** What the carrier's codes say of an address (twilio facts §6): the person stopped us there, or nobody can be reached. */
const meaningOf: Readonly<Record<string, 'stopped' | 'invalid'>> = {
  21610: 'stopped',
  63014: 'stopped',
  21211: 'invalid',
  21401: 'invalid',
  21614: 'invalid',
  21635: 'invalid',
  30006: 'invalid',
  63003: 'invalid',
  63024: 'invalid',
};

/** Soft bounces in a row, without a delivery between them, after which an address counts as dead (lifecycle.md §17). */
const mostSoftBounces = 5;

/** A final bad receipt, or a complaint: what it says of the address, of consent, and of who must look. */
export function take(scene: Scene, arrival: ReceiptArrival): void {
  if (arrival.code === 'complaint') return object(scene, arrival);
  if (arrival.status !== 'failed' && arrival.status !== 'unsure') return;
  heedCode(scene, arrival);
  const flag = arrival.status;
  setThread(scene, { flags: [...new Set([...scene.thread.flags, flag])] });
  addItem(scene, {
    kind: 'state',
    rowId: arrival.rowId,
    why: { rule: 'receipt', reason: arrival.code ?? arrival.status },
    data: { status: arrival.status, code: arrival.code, rowId: arrival.rowId },
  });
  if (!isVip(scene.contact, scene.loaded.library.policy.vip)) return;
  // E8: what a VIP did not get, a person says.
  callPerson(scene, { reason: `send_${arrival.status}`, priority: null, isSilent: true });
}

/** "This is spam", said to the mail provider: an objection to our marketing there, without a word to us. */
function object(scene: Scene, { sid, rowId }: ReceiptArrival): void {
  withdraw(scene, {
    scope: 'email',
    reason: 'complaint',
    source: 'carrier',
    evidence: { code: 'complaint', sid, rowId },
    actor: 'artist',
  });
  settleSoftStops(scene, 'email');
  addItem(scene, { kind: 'state', rowId, why: { rule: 'receipt', reason: 'complaint' }, data: { rowId } });
  scene.tells.push({ who: 'managers', why: 'complaint', coachId: null });
}

/** A mailbox that is not there ends the address; one that is full does so the fifth time in a row. */
function heedBounce(scene: Scene, { code, address: value }: ReceiptArrival): void {
  for (const address of scene.addresses) {
    if (address.channel !== 'email' || (value && address.value !== value)) continue;
    const softFails = address.softFails + 1;
    if (code === 'soft_bounce') setAddress(scene, address, { softFails });
    if (code === 'hard_bounce' || softFails >= mostSoftBounces)
      scene.suppress.push({ channel: 'email', address: address.value, reason: 'bounce', source: 'carrier' });
  }
}

function setAddress(scene: Scene, { id }: Address, set: Partial<Address>): void {
  scene.addressSet.push({ id, set });
  scene.addresses = scene.addresses.map((one) => (one.id === id ? { ...one, ...set } : one));
}

function heedCode(scene: Scene, arrival: ReceiptArrival): void {
  const { code } = arrival;
  if (code === 'hard_bounce' || code === 'soft_bounce') return heedBounce(scene, arrival);
  const meaning = code ? meaningOf[code] : undefined;
  if (!code || !meaning) return;
  const row = scene.loaded.rows.find((one) => one.id === arrival.rowId);
  const channel = arrival.channel ?? row?.channel ?? (code.startsWith('63') ? 'whatsapp' : 'sms');
  const used = scene.addresses.filter(
    (address) => address.channel === channel && (!arrival.address || address.value === arrival.address),
  );
  if (meaning === 'stopped') return blockAddress(scene, arrival, code, channel, used);
  for (const { value } of used)
    scene.suppress.push({ channel, address: value, reason: 'invalid', source: 'carrier' });
}

/** The carrier's own list is kept apart from ours, and is as good as a withdrawal. */
function blockAddress(
  scene: Scene,
  { rowId, sid }: ReceiptArrival,
  code: string,
  channel: Channel,
  used: readonly Address[],
): void {
  const providerBlocked = { at: scene.moment.now, code };
  for (const address of used) setAddress(scene, address, { providerBlocked });
  withdraw(scene, {
    scope: channel,
    reason: 'provider_21610',
    source: 'carrier',
    evidence: { code, sid, rowId },
    actor: 'carrier',
  });
}
