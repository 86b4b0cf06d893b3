import { expect, test } from 'vitest';
import type { Library } from '../../src/core/library.ts';
import type { Cast } from '../../src/core/rehearse.ts';
import { aStage, fateOf, on, spoken, tracks, trailOf, until } from './stage.ts';

/** The published words without the approved text of one step. */
function unapproved(library: Library, step: string): Library {
  const words: Library['words'] = (hash) => {
    const { raw, tree } = library.words(hash);
    const isTemplate = (key: string): boolean => key === `${step}.whatsapp.template`;
    return {
      raw: (namespace, key, locale, register) =>
        isTemplate(key) ? null : raw(namespace, key, locale, register),
      tree: (namespace, key, locale) => {
        const found = tree(namespace, key, locale);
        if (key !== `${step}.whatsapp`) return found;
        return Object.fromEntries(Object.entries(found as object).filter(([name]) => name !== 'template'));
      },
    };
  };
  return { ...library, words };
}

const withoutPhone = (cast: Cast): Cast => ({
  ...cast,
  addresses: cast.addresses.filter(({ channel }) => channel !== 'sms'),
});

test('19.12 WhatsApp outside its window: the approved template leaves', () => {
  const stage = aStage('lea', on('2026-03-03 10:00'), withoutPhone);
  tracks(stage, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
  until(stage, '2026-03-04 13:00');
  expect(spoken(stage).find(({ stepKey }) => stepKey === 'j1-sms')).toMatchObject({
    channel: 'whatsapp',
    body: { template: {} },
  });
});

test('19.12 WhatsApp outside its window and without a template: the mail instead, judged from its first rule', () => {
  const given = (cast: Cast): Cast => ({
    ...withoutPhone(cast),
    library: unapproved(cast.library, 'j1-sms'),
  });
  const stage = aStage('lea', on('2026-03-03 10:00'), given);
  tracks(stage, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
  until(stage, '2026-03-04 13:00');
  expect(trailOf(stage, 'j1-sms')).toEqual(['no_address', 'window_closed']);
  expect(spoken(stage).find(({ stepKey }) => stepKey === 'j1-sms')?.channel).toBe('email');

  const blocked = aStage('lea', on('2026-03-03 10:00'), given);
  blocked.suppressions = [{ channel: 'email', reason: 'bounce', at: blocked.now }];
  tracks(blocked, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
  until(blocked, '2026-03-04 13:00');
  expect(fateOf(blocked, 'nurturing', 'j1-sms')).not.toBe('sent');
  expect(trailOf(blocked, 'j1-sms')).toEqual(expect.arrayContaining(['suppressed']));
});

test('19.12 no consent to marketing: the report leaves as its core, its offer in neither HTML nor text', () => {
  const stage = aStage('lea', on('2026-03-03 10:00'), (cast) => ({ ...cast, consents: {} }));
  tracks(stage, 'Subscription Started', { plan: 290, subscriptionId: 's1' });
  until(stage, '2026-03-20');
  const mail = spoken(stage).find(({ stepKey }) => stepKey === 'j14-email');
  expect(mail?.class).toBe('service');
  expect(mail?.body.text.length).toBeGreaterThan(100);
  expect(mail?.body.html ?? '').not.toBe('');
  for (const words of [mail?.body.text, mail?.body.html])
    expect(words).not.toMatch(/390|PARLONS-EN|impressionnez/u);
  expect(fateOf(stage, 'nurturing', 'j15-sms')).toBe('no_consent');
});
