import { describe, expect, test } from 'vitest';
import type { SuppressionReason } from '../../../src/core/contact.ts';
import { guard } from '../../../src/core/guard/index.ts';
import { newThread } from '../../../src/core/thread.ts';
import { channels, messageClasses, type Channel, type MessageClass } from '../../../src/core/vocabulary.ts';
import { aCase, aStepCase, day, from, hour, judged, lea, moment, now } from './case.ts';

const stoppedAt = from(-hour);
const suppressed = (channel: Channel, reason: SuppressionReason) => ({
  suppressions: [{ channel, reason, at: stoppedAt }],
});
const answering = (channel: Channel, messageClass: MessageClass, answersAt: Date | null) => ({
  draft: { channel, class: messageClass },
  guard: { answersAt },
});
const windowOpen = { ...newThread(lea.id, now), windows: { 'whatsapp:whatsapp': from(-hour / 2) } };

describe('a stop', () => {
  test.each([
    ['sms', 'marketing', 'never suppressed'],
    ['sms', 'service', 'never suppressed'],
    ['sms', 'reply', 'never suppressed'],
    ['sms', 'compliance', 'go'],
    ['whatsapp', 'marketing', 'never suppressed'],
    ['whatsapp', 'service', 'never suppressed'],
    ['whatsapp', 'reply', 'never suppressed'],
    ['whatsapp', 'compliance', 'go'],
    ['email', 'marketing', 'never suppressed'],
    ['email', 'service', 'go'],
    ['email', 'reply', 'go'],
    ['email', 'compliance', 'go'],
    ['push', 'marketing', 'never suppressed'],
    ['push', 'service', 'go'],
  ] as const)('on %s: %s %s', (channel, messageClass, expected) => {
    const given = aCase({
      ...answering(channel, messageClass, stoppedAt),
      facts: suppressed(channel, 'stop'),
    });
    expect(judged(given)).toBe(expected);
  });

  test.each([
    ['a millisecond before it', -1, 'never suppressed'],
    ['the STOP itself', 0, 'never suppressed'],
    ['a millisecond after it', 1, 'go'],
  ])('lets an answer through to what was written: %s', (_when, ms, expected) => {
    const given = aCase({
      ...answering('sms', 'reply', from(ms, stoppedAt)),
      facts: suppressed('sms', 'stop'),
    });
    expect(judged(given)).toBe(expected);
  });

  test('says nothing of the other channels', () => {
    expect(judged(aCase({ draft: { channel: 'email' }, facts: suppressed('sms', 'stop') }))).toBe('go');
  });
});

describe('what ends an address ends it for every class', () => {
  const ends = ['invalid', 'blocked', 'bounce', 'provider_21610', 'erasure'] as const;
  test.each(
    ends.flatMap((reason) =>
      channels.flatMap((channel) => messageClasses.map((one) => ({ reason, channel, one }))),
    ),
  )('$reason, $one on $channel', ({ reason, channel, one }) => {
    const given = aCase({ ...answering(channel, one, now), facts: suppressed(channel, reason) });
    expect(judged(given)).toBe('never suppressed');
  });
});

test.each(['objection', 'complaint'] as const)(
  '%s stops marketing everywhere it was said, and only that',
  (reason) => {
    for (const channel of channels) {
      expect(judged(aCase({ draft: { channel }, facts: suppressed(channel, reason) }))).toBe(
        'never suppressed',
      );
      expect(
        judged(aCase({ draft: { channel, class: 'service' }, facts: suppressed(channel, reason) })),
      ).toBe('go');
    }
  },
);

describe('consent of the channel', () => {
  test.each([
    ['sms', 'marketing', {}, 'never no_consent'],
    ['sms', 'marketing', { 'sms:marketing': 'withdrawn' }, 'never no_consent'],
    ['sms', 'marketing', { 'sms:marketing': 'objected' }, 'never no_consent'],
    ['sms', 'marketing', { 'email:marketing': 'granted' }, 'never no_consent'],
    ['sms', 'marketing', { 'sms:marketing': 'granted' }, 'go'],
    ['sms', 'service', {}, 'go'],
    ['email', 'service', {}, 'go'],
    ['whatsapp', 'service', {}, 'never no_consent'],
    ['whatsapp', 'service', { 'sms:marketing': 'granted' }, 'never no_consent'],
    ['whatsapp', 'service', { 'whatsapp:marketing': 'granted' }, 'go'],
    ['whatsapp', 'reply', {}, 'never no_consent'],
    ['whatsapp', 'compliance', {}, 'go'],
    ['push', 'service', {}, 'go'],
    ['push', 'service', { 'push:push': 'withdrawn' }, 'never no_consent'],
    ['push', 'marketing', {}, 'never no_consent'],
    ['push', 'marketing', { 'push:push': 'granted' }, 'go'],
    ['push', 'marketing', { 'push:push': 'granted', 'push:marketing': 'withdrawn' }, 'never no_consent'],
    ['push', 'marketing', { 'push:marketing': 'granted' }, 'go'],
  ] as const)('%s %s with %j: %s', (channel, messageClass, consents, expected) => {
    expect(judged(aCase({ draft: { channel, class: messageClass }, facts: { consents } }))).toBe(expected);
  });

  test('WhatsApp needs no opt-in to answer who wrote to us there', () => {
    const given = aCase({
      ...answering('whatsapp', 'reply', now),
      facts: { consents: {}, thread: windowOpen, hasTemplate: false },
    });
    expect(judged(given)).toBe('go');
  });
});

test('a carrier that refuses the address is not asked again, not even to confirm a STOP', () => {
  const { draft, facts } = aCase({ draft: { class: 'compliance' } });
  const address = facts.address && { ...facts.address, providerBlocked: { at: now, code: '21610' } };
  expect(judged({ draft, facts: { ...facts, address } })).toBe('never provider_blocked');
});

test('nobody writes to somebody who was erased', () => {
  expect(judged(aCase({ draft: { class: 'service' }, contact: { erasedAt: now } }))).toBe('never suppressed');
});

describe('wishes short of a stop hold marketing only', () => {
  test.each([
    ['one sequence left', { unsubscribedFlows: ['nurturing'] }, 'never unsubscribed'],
    ['another sequence left', { unsubscribedFlows: ['upsell'] }, 'go'],
    ['quiet until tomorrow', { dndUntil: from(day).toISOString() }, 'wait dnd'],
    ['quiet until this instant', { dndUntil: now.toISOString() }, 'go'],
    ['a date nobody can read', { dndUntil: 'soon' }, 'go'],
  ])('%s', (_wish, traits, expected) => {
    const anchored = { facts: { run: null, flow: null, openRuns: [] }, draft: { runId: null } };
    expect(judged(aStepCase('j15-sms', { ...anchored, contact: { traits } }))).toBe(expected);
    expect(judged(aStepCase('j1-sms', { contact: { traits } }))).toBe('go');
  });

  test.each([
    ['just now', 0, 'wait soft_stop'],
    ['almost a day ago', -day + 1, 'wait soft_stop'],
    ['a day ago, and nobody decided: a stop', -day, 'never no_consent'],
  ])('a doubtful stop %s', (_when, ms, expected) => {
    const thread = { ...newThread(lea.id, now), softStops: [{ channel: 'sms' as const, at: from(ms) }] };
    expect(judged(aCase({ facts: { thread } }))).toBe(expected);
    expect(judged(aCase({ draft: { class: 'service' }, facts: { thread } }))).toBe('go');
    expect(judged(aCase({ draft: { channel: 'email' }, facts: { thread } }))).toBe('go');
  });
});

test('a mixed message without marketing consent leaves as its core (§19.12)', () => {
  const { draft, facts } = aStepCase('j14-email', { facts: { consents: {} } });
  expect(guard(draft, facts, moment)).toMatchObject({
    may: 'instead',
    use: 'core',
    rule: 'consent',
    reason: 'no_consent',
  });
  expect(judged({ draft: { ...draft, class: 'service' }, facts })).toBe('go');
});
