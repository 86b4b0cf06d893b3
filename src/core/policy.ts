import { z } from 'zod';
import type { Issue } from '../errors.ts';
import { isZone, timeMs } from './calendar.ts';
import { parseDuration } from './flow/time.ts';
import type { Policy } from './library.ts';
import { channels, messageClasses } from './vocabulary.ts';

/** The policy file is wrong. Says every mistake at once, each with its place in the file. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(
      `flows/policy.yaml: ${issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join(' · ')}`,
    );
    this.issues = issues;
  }
}

/** Flows count in seconds and more; collecting bubbles of one breath is finer. */
function milliseconds(text: string): number | null {
  const [, ms] = /^(\d+)ms$/.exec(text) ?? [];
  return ms === undefined ? parseDuration(text) : Number(ms);
}

const duration = z.string().transform((text, context) => {
  const ms = milliseconds(text);
  if (ms !== null) return ms;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is not a duration. Write it like 90s, 20m, 2h or 3d.`,
  });
  return z.NEVER;
});

const time = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, {
  error: 'Write a time of day like "09:30", in quotes.',
  abort: true,
});
const hours = z.strictObject({ from: time, to: time });
const weekdays = z
  .array(z.int().min(1).max(7))
  .min(1, 'A window that opens on no day would hold every message for ever.');
const everyDay = [1, 2, 3, 4, 5, 6, 7];

const wholeDay = { from: '00:00', to: '24:00' };

const window = z
  .strictObject({
    days: z.union([z.literal('daily').transform(() => everyDay), weekdays]),
    from: time,
    to: time,
    ceiling: hours.default(wholeDay),
    holidays: z.enum(['none', 'allowed']),
    step: hours.optional(),
    unknownZones: z
      .array(z.string().refine(isZone, 'Not a time zone we know. Try one like Europe/Paris.'))
      .optional(),
  })
  .superRefine((value, context) => {
    if (!isWithin(value, value.ceiling))
      context.addIssue({
        code: 'custom',
        message: `${value.from}–${value.to} is wider than its ceiling ${value.ceiling.from}–${value.ceiling.to}.`,
      });
    if (value.step && !isWithin(value.step, value))
      context.addIssue({
        code: 'custom',
        path: ['step'],
        message: `${value.step.from}–${value.step.to} is wider than ${value.from}–${value.to}.`,
      });
  });

/** Hours that cross midnight fit only in the whole day. */
function isWithin(inner: z.infer<typeof hours>, outer: z.infer<typeof hours>): boolean {
  if (timeMs(inner.from) === timeMs(inner.to)) return false;
  if (timeMs(inner.from) > timeMs(inner.to)) return outer.from === wholeDay.from && outer.to === wholeDay.to;
  return timeMs(inner.from) >= timeMs(outer.from) && timeMs(inner.to) <= timeMs(outer.to);
}

const byChannel = z.partialRecord(z.enum(channels), z.string());
const places = z.int().min(0).nullable();
const cap = z.strictObject({ day: places, week: places });

const file = z
  .strictObject({
    spec: z.literal(1),
    id: z.literal('policy'),
    windows: z.record(z.string(), window),
    presets: z.record(
      z
        .string()
        .regex(
          /^(default|[A-Z]{2}( [A-Z]{2})*)$/,
          'Name countries by their two letters, with a space between, or "default".',
        ),
      z.partialRecord(z.enum(messageClasses), byChannel),
    ),
    stepTimes: z.record(z.enum(channels), time),
    late: z.strictObject({ marketing: duration, service: duration }),
    predecessor: duration,
    jitter: duration,
    cap: z.strictObject({
      email: cap,
      sms: cap,
      whatsapp: cap,
      push: cap,
      together: cap.extend({ channels: z.array(z.enum(channels)), apart: duration }),
    }),
    guard: z.strictObject({
      whatsappWindow: duration,
      lookAhead: duration,
      afterInbound: duration,
      afterRelease: duration,
      softStop: duration,
      retry: duration,
    }),
    collect: z.strictObject({ silence: duration, most: duration, media: duration }),
    handoff: z.strictObject({ vip: duration, high: duration, normal: duration, push: duration }),
    vip: z.strictObject({ plan: z.number(), scoreUp: z.number(), scoreDown: z.number(), tag: z.string() }),
    links: z.record(
      z.string().regex(/^[a-z0-9-]+$/, 'A link is named in small letters, digits and hyphens.'),
      z
        .string()
        .regex(
          /^(\/[^/\\]|https?:\/\/)/,
          'A link is a path that begins with one /, or an address that begins with http:// or https://.',
        ),
    ),
    publisher: z.strictObject({ name: z.string().min(1), notice: z.string().min(1) }),
  })
  .superRefine(({ windows, presets, vip }, context) => {
    for (const [countries, classes] of Object.entries(presets))
      for (const [messageClass, names] of Object.entries(classes))
        for (const [channel, name] of Object.entries(names))
          if (!(name in windows))
            context.addIssue({
              code: 'custom',
              path: ['presets', countries, messageClass, channel],
              message: `There is no window "${name}". There are: ${Object.keys(windows).join(', ')}.`,
            });
    if (vip.scoreDown > vip.scoreUp)
      context.addIssue({
        code: 'custom',
        path: ['vip', 'scoreDown'],
        message: 'Must not be above scoreUp, or a score would be both.',
      });
  });

/** Reads flows/policy.yaml, already parsed from YAML. Throws a PolicyError that names each mistake. */
export function parsePolicy(raw: unknown): Policy {
  const parsed = file.safeParse(raw);
  if (!parsed.success) throw new PolicyError(parsed.error.issues.map(issueOf));
  const {
    windows,
    presets,
    stepTimes,
    late,
    predecessor,
    jitter,
    cap: caps,
    guard,
    collect,
    handoff,
    vip,
    links,
    publisher,
  } = parsed.data;
  const { together, ...eachChannel } = caps;
  return {
    windows,
    presets: flatPresets(presets),
    stepTimes,
    late: { marketingMs: late.marketing, serviceMs: late.service },
    cap: {
      byChannel: eachChannel,
      together: {
        day: together.day,
        week: together.week,
        apartMs: together.apart,
        channels: together.channels,
      },
    },
    guard: {
      whatsappWindowMs: guard.whatsappWindow,
      lookAheadMs: guard.lookAhead,
      afterInboundMs: guard.afterInbound,
      afterReleaseMs: guard.afterRelease,
      softStopMs: guard.softStop,
      retryMs: guard.retry,
    },
    predecessorMs: predecessor,
    jitterMaxS: Math.floor(jitter / 1000),
    collect: { silenceMs: collect.silence, mostMs: collect.most, mediaMs: collect.media },
    handoff: { vipMs: handoff.vip, highMs: handoff.high, normalMs: handoff.normal, pushMs: handoff.push },
    vip,
    links,
    publisher,
  };
}

/** A bad key carries what is wrong with it one level down. */
function issueOf(issue: z.core.$ZodIssue): Issue {
  const inner = issue.code === 'invalid_key' ? issue.issues[0] : undefined;
  return { path: issue.path.join('.'), message: (inner ?? issue).message };
}

/** `US CA` → marketing → sms becomes `US.marketing.sms` and `CA.marketing.sms`. */
function flatPresets(presets: z.infer<typeof file>['presets']): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [countries, classes] of Object.entries(presets))
    for (const country of countries.split(' '))
      for (const [messageClass, names] of Object.entries(classes))
        for (const [channel, name] of Object.entries(names))
          flat[`${country}.${messageClass}.${channel}`] = name;
  return flat;
}
