import type { Arrival } from '../arrival.ts';
import type { Address } from '../contact.ts';
import { isVip } from '../vip.ts';
import type { Channel } from '../vocabulary.ts';
import { callPerson } from './reception.ts';
import { addItem, setThread, type Scene } from './scene.ts';
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

/** A final bad receipt: what it says of the address, of consent, and of who must look. */
export function take(scene: Scene, arrival: ReceiptArrival): void {
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

function heedCode(scene: Scene, arrival: ReceiptArrival): void {
  const { code } = arrival;
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
  for (const address of used) scene.addressSet.push({ id: address.id, set: { providerBlocked } });
  scene.addresses = scene.addresses.map((one) => (used.includes(one) ? { ...one, providerBlocked } : one));
  withdraw(scene, {
    scope: channel,
    reason: 'provider_21610',
    source: 'carrier',
    evidence: { code, sid, rowId },
    actor: 'carrier',
  });
}
