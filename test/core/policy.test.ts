import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parsePolicy, PolicyError } from '../../src/core/policy.ts';

const shipped = (): Record<string, never> =>
  parse(readFileSync('flows/policy.yaml', 'utf8')) as Record<string, never>;

/** The shipped file with one value changed, by dotted path; undefined takes it away. */
function changed(path: string, value: unknown): unknown {
  const file = shipped();
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<Record<string, unknown>>(
    (node, key) => node[key] as Record<string, unknown>,
    file,
  );
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
  return file;
}

test('the shipped numbers are those of lifecycle.md and conversation.md', () => {
  const policy = parsePolicy(shipped());
  const hour = 3_600_000;
  expect(policy).toMatchObject({
    stepTimes: { email: '09:30', sms: '12:30' },
    late: { marketingMs: 24 * hour, serviceMs: 72 * hour },
    predecessorMs: 20 * hour,
    jitterMaxS: 1200,
    cap: {
      byChannel: {
        email: { day: 1, week: 4 },
        sms: { day: 1, week: 3 },
        whatsapp: { day: 1, week: 2 },
        push: { day: 1, week: 5 },
      },
      together: { day: 2, week: 5, apartMs: 1.5 * hour, channels: ['email', 'sms', 'whatsapp'] },
    },
    guard: {
      whatsappWindowMs: 24 * hour - 300_000,
      lookAheadMs: 24 * hour,
      afterInboundMs: hour / 2,
      afterReleaseMs: 600_000,
    },
    collect: { silenceMs: 1500, mostMs: 4000, mediaMs: 3000 },
    handoff: { vipMs: 600_000, highMs: 1_800_000, normalMs: 7_200_000, pushMs: 60_000 },
    vip: { plan: 490, scoreUp: 85, scoreDown: 80, tag: 'vip' },
  });
  expect(policy.windows['fr-marketing-sms']).toMatchObject({
    days: [1, 2, 3, 4, 5, 6],
    from: '09:00',
    to: '20:00',
    holidays: 'none',
  });
  expect(policy.presets['US.marketing.sms']).toBe('us-marketing');
  expect(policy.presets['default.reply.sms']).toBeUndefined();
});

describe('a mistake is named with its place', () => {
  test.each([
    ['late.marketing', 'soon', 'late.marketing', '"soon" is not a duration'],
    ['cap.sms.day', -1, 'cap.sms.day', ''],
    ['cap.sms.day', undefined, 'cap.sms.day', ''],
    ['cap.fax', {}, 'cap', 'fax'],
    ['windows.service.days', [], 'windows.service.days', 'opens on no day'],
    ['windows.service.days', [0], 'windows.service.days.0', ''],
    ['windows.service.from', '8h', 'windows.service.from', '"09:30"'],
    ['windows.fr-marketing-sms.to', '22:00', 'windows.fr-marketing-sms', 'wider than its ceiling'],
    [
      'windows.fr-marketing-sms.step',
      { from: '08:00', to: '19:30' },
      'windows.fr-marketing-sms.step',
      'wider than 09:00–20:00',
    ],
    [
      'windows.us-marketing.unknownZones',
      ['Mars/Olympus'],
      'windows.us-marketing.unknownZones.0',
      'Not a time zone',
    ],
    ['presets.default.marketing.sms', 'nowhere', 'presets.default.marketing.sms', 'no window "nowhere"'],
    ['presets.france', {}, 'presets.france', 'two letters'],
    ['links.dashboard', '//evil.example', 'links.dashboard', 'path'],
    ['links.dashboard', 'javascript:alert(1)', 'links.dashboard', 'path'],
    ['vip.scoreDown', 90, 'vip.scoreDown', 'above scoreUp'],
    ['spec', 2, 'spec', ''],
  ])('%s = %j', (path, value, where, says) => {
    const read = () => parsePolicy(changed(path, value));
    expect(read).toThrow(PolicyError);
    try {
      read();
    } catch (error) {
      const { issues } = error as PolicyError;
      expect(issues.map((issue) => issue.path)).toEqual([where]);
      expect(issues[0]?.message).toContain(says);
    }
  });

  test('and all are named at once', () => {
    expect(() => parsePolicy({})).toThrow(/windows: .* · presets: .* · stepTimes: /);
  });
});
