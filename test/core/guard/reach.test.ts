import { expect, test } from 'vitest';
import { reach } from '../../../src/core/guard/reach.ts';
import { aCase, from, judged, minute, moment, now } from './case.ts';

const sender = { key: 'sms', channel: 'sms' as const, canReceive: true, isPaused: false };
const whatsapp = (address: string) => ({ draft: { channel: 'whatsapp' as const, address } });
const theirs = {
  id: 'sms:+33639980001',
  contactId: 'c_0001',
  channel: 'sms' as const,
  value: '+33639980001',
  softFails: 0,
};

test.each([
  ['an address and a sender', {}, 'go'],
  ['no address', { facts: { address: null } }, 'never no_address'],
  ['somebody else’s address', { facts: { address: { ...theirs, wrongPersonAt: now } } }, 'never no_address'],
  [
    'an answer to somebody else',
    { draft: { class: 'reply' }, facts: { address: { ...theirs, wrongPersonAt: now } } },
    'go',
  ],
  ['no sender', { facts: { sender: null } }, 'never no_sender'],
  ['a paused sender', { facts: { sender: { ...sender, isPaused: true } } }, 'wait sender_paused'],
  [
    'a reply to a sender that cannot hear',
    { guard: { expectsReply: true }, facts: { sender: { ...sender, canReceive: false } } },
    'never sender_cannot_receive',
  ],
  ['no reply to a sender that cannot hear', { facts: { sender: { ...sender, canReceive: false } } }, 'go'],
  ['WhatsApp marketing to New York', whatsapp('+12125551234'), 'never not_deliverable'],
  ['WhatsApp marketing to Toronto', { ...whatsapp('+14165551234') }, 'go'],
  ['WhatsApp service to New York', { draft: { ...whatsapp('+12125551234').draft, class: 'service' } }, 'go'],
] as const)('%s: %j', (_what, given, expected) => {
  expect(judged(aCase(given))).toBe(expected);
});

test('a breaker holds a message for its own pause, a person who stopped a sender for the usual while', () => {
  const resumesAt = new Date(now.getTime() + 30_000);
  const heldUntil = (ends: Date | null) => {
    const { draft, facts } = aCase({ facts: { sender: { ...sender, isPaused: true, resumesAt: ends } } });
    return reach(draft, facts, moment);
  };
  expect(heldUntil(resumesAt)).toMatchObject({ may: 'wait', until: resumesAt });
  expect(heldUntil(null)).toMatchObject({ may: 'wait', until: from(15 * minute) });
});
