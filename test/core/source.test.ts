import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Offer } from '../../src/core/decide.ts';
import type { Asked } from '../support/render.ts';
import { aClient, body, noon, ownComeback, samples, without } from '../support/render.ts';

/*
 * The shipped texts are the source's, word for word, once the sandbox's sample facts stand where its placeholders do
 * (lifecycle.md §3). The blocks in source/ are the source's own, untouched. What differs on purpose, everywhere:
 *  - a button of a mail is followed by its address in the text part, and so are the options of the last report, which
 *    are answers; on SMS a link is the address itself;
 *  - spaces at the end of a line and empty lines are layout, not words;
 *  - the last line that the channel adds to a marketing SMS (STOP and a number) is no author's word.
 */

interface Case {
  readonly key: string;
  /** Placeholders of the source in the order they stand there, and what the samples say. */
  readonly filled: readonly (readonly [string, string])[];
  readonly asked?: Asked;
}

const name = ['[Prénom]', 'Camille'] as const;
const coach = ['[Coach]', 'Nina'] as const;

const best = aClient({
  mona: { score: 78, start: 52, at: noon },
  planSince: new Date('2027-02-02T11:00:00Z'),
});

const cases: readonly Case[] = [
  {
    key: 'nurturing.j0-email',
    filled: [
      name,
      name,
      ['[DATE]', 'demain'],
      ['[HEURE]', '15h'],
      ['[Nom Coach]', 'Nina'],
      ['+33 X XX XX XX XX', '+33 6 39 98 00 10'],
      name,
      ['[Signature coach]', 'Nina'],
    ],
  },
  { key: 'nurturing.j1-sms', filled: [name, coach] },
  {
    key: 'nurturing.j7-email',
    filled: [
      name,
      name,
      ['[Score initial]', '52'],
      ['[Score actuel]', '67'],
      ['+X', '+15'],
      ['X/5', '4/5'],
      ['[Domaine principal]', 'Présence Instagram'],
      ['[Accomplissement spécifique personnalisé]', 'Premier reel au-dessus de 10 000 vues'],
      ['[1 action prioritaire]', 'la régularité de vos posts'],
      coach,
    ],
  },
  {
    key: 'nurturing.j14-email',
    filled: [
      name,
      ['[Score]', '67'],
      ['+XX', '+15'],
      ['X/Y', '3/4'],
      ['+XXX', '+340'],
      ['[Score projeté]', '78'],
      coach,
    ],
  },
  { key: 'nurturing.j15-sms', filled: [name] },
  {
    key: 'nurturing.j21-email',
    filled: [
      name,
      ['[Score]', '67'],
      ['+XX', '+15'],
      ['[Score cible]', '80'],
      ['[Évaluation réaliste]', 'à portée de main'],
      ['[Action spécifique 1]', 'Publier 3 reels avec le hook du refrain'],
      ['[Action spécifique 2]', 'Relancer les 5 playlists repérées'],
      ['[Action spécifique 3]', 'Boucler le dossier de presse'],
      coach,
    ],
  },
  {
    key: 'nurturing.j28-email',
    filled: [
      name,
      ['[Score début]', '52'],
      ['[Score fin]', '78'],
      ['+XX', '+26'],
      ['30 jours', '28 jours'],
      ['[Accomplissement 1]', 'Premier clip publié'],
      ['[Accomplissement 2]', 'Dossier de presse prêt'],
      ['[Accomplissement 3]', '3 playlists décrochées'],
      ['+XXX', '+340'],
      ['+XX%', '+18%'],
      ['X nouvelles', '4 nouvelles'],
    ],
    asked: { contact: best },
  },
  {
    key: 'winback.j0-email',
    filled: [name, name, ['[X jours]', '42 jours'], ['[Score initial]', '52'], coach],
  },
  { key: 'winback.j3-email', filled: [name, coach] },
  {
    key: 'winback.j5-sms',
    filled: [name, ['[COMEBACK PLAN]', 'https://mona.example/l/comeback']],
    asked: { policy: { class: 'marketing' }, offers: [...samples.offers, ownComeback] },
  },
];

/** Facts of a later day than the samples': slots taken since, the next opening further off, a place of their own. */
const inDays = (days: number): Date => new Date(noon.getTime() + days * 86_400_000);
const instead = (...offers: readonly Pick<Offer, 'key' | 'kind' | 'value'>[]): Offer[] => [
  ...without(...offers.map(({ key }) => key)),
  ...offers.map((offer) => ({ ...offer, asOf: noon, maxAgeMs: 60_000 })),
];
const tomorrowAt = (hour: string): Date => new Date(`2027-03-03T${hour}:00+01:00`);
const lastSlot = {
  key: 'slots',
  kind: 'slots',
  value: { remaining: 1, times: [tomorrowAt('16:30')] },
} as const;
const ownSlot: Offer = { ...ownComeback, key: 'reservation.call', value: {} };

const welcome: readonly Case[] = [
  { key: 'welcome.j0-email', filled: [name, name] },
  { key: 'welcome.j0-sms', filled: [name] },
  {
    key: 'welcome.j3-email',
    filled: [
      name,
      ['XX/120', '67/120'],
      name,
      ['XX/120', '67/120'],
      ['[STATUT]', 'Émergent'],
      ['[NIVEAU CIBLE]', 'Confirmé'],
      ['[Point fort 1]', 'Identité visuelle'],
      ['XX/XX', '17/20'],
      ['[Point fort 2]', 'Qualité de production'],
      ['XX/XX', '15/20'],
      ['[Faiblesse 1]', 'Présence Instagram'],
      ['XX/XX', '6/20'],
      ['[Faiblesse 2]', 'Stratégie de sortie'],
      ['XX/XX', '8/20'],
      ['[Action spécifique 1]', 'Publier 3 reels avec le hook du refrain'],
      ['[Action spécifique 2]', 'Relancer les 5 playlists repérées'],
      ['[Service MONA adapté]', 'Le programme MONA 290'],
    ],
    asked: { contact: aClient({ mona: { score: 67, start: 52, level: 'Émergent', at: noon } }) },
  },
  {
    key: 'welcome.j5-email',
    filled: [name, name, ['[Prénom Coach]', 'Nina']],
    asked: { offers: [...samples.offers, ownSlot] },
  },
  {
    key: 'welcome.j6-sms',
    filled: [name, ['[LIEN BOOKING]', 'https://mona.example/l/book-call']],
    asked: { offers: instead(lastSlot) },
  },
  {
    key: 'welcome.j7-email',
    filled: [name, name],
    asked: {
      offers: instead({ key: 'slots', kind: 'slots', value: { remaining: 0, times: [], after: inDays(21) } }),
    },
  },
];

const ranked = aClient({ mona: { score: 67, start: 52, percentile: 72, at: noon } });
/** The place kept since this morning, for another 23 hours. */
const ownPlace: Offer = {
  ...ownComeback,
  key: 'offer.390',
  value: { seatsTotal: 10, seatsLeft: 2 },
  endsAt: new Date(noon.getTime() + 23.5 * 3_600_000),
};

const upsell: readonly Case[] = [
  {
    key: 'upsell.j0-email',
    filled: [name, name, ['[Score]', '67'], ['[Coach Senior]', 'Nina']],
    asked: { contact: ranked, offers: [...samples.offers, ownPlace] },
  },
  {
    key: 'upsell.j1-sms',
    filled: [name, ['[RÉSERVER MA PLACE]', 'https://mona.example/l/pay-390']],
    asked: { offers: [...samples.offers, ownPlace] },
  },
  { key: 'upsell.j3-email', filled: [name, coach] },
  { key: 'upsell.j7-email', filled: [name, name, coach] },
];

const elite = aClient({ mona: { score: 88, start: 52, percentile: 96, at: noon } });

const spark: readonly Case[] = [
  { key: 'spark.j0-email', filled: [name, name, ['[Score]', '88']], asked: { contact: elite } },
  { key: 'spark.j1-sms', filled: [name, ['[LIEN]', 'https://mona.example/l/apply-spark']] },
  { key: 'spark.j5-email', filled: [name, ['[Coordinateur SPARK]', 'Nina']] },
];

const all = [...spark, ...welcome, ...upsell, ...cases];

/** Lines that say something, one button a line, without the addresses behind buttons. */
const lines = (text: string): string[] =>
  text
    .replace(/\] \[/gu, ']\n[')
    .replace(/^(.*\]) https?:\/\/\S+$/gmu, '$1')
    .replace(/ \(https?:\/\/\S+\)$/gmu, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

function sourceOf({ key, filled }: Case): string[] {
  const block = readFileSync(new URL(`source/${key}.txt`, import.meta.url), 'utf8');
  let rest = block;
  let done = '';
  for (const [placeholder, value] of filled) {
    const at = rest.indexOf(placeholder);
    expect(at, `${key} has ${placeholder}`).toBeGreaterThanOrEqual(0);
    done += rest.slice(0, at) + value;
    rest = rest.slice(at + placeholder.length);
  }
  return lines(done + rest);
}

function oursOf({ key, asked }: Case): string[] {
  const [flow = '', step = ''] = key.split('.');
  const isMail = step.endsWith('email');
  const said = body(flow, step, isMail ? 'email' : 'sms', asked);
  return lines(isMail ? `Objet : ${said.subject ?? ''}\n${said.text}` : said.text);
}

describe('a shipped text is the source, word for word (§19.4)', () => {
  test.each(all.map((one) => [one.key, one] as const))('%s', (_, one) => {
    expect(oursOf(one)).toEqual(sourceOf(one));
  });

  test('every message of the source is compared (§19.4)', () => {
    expect(all.map(({ key }) => `${key}.txt`).sort()).toEqual(
      readdirSync(new URL('source/', import.meta.url)).sort(),
    );
  });
});

describe('what they cost by SMS (lifecycle.md §3)', () => {
  const sent = (flow: string, key: string, isMarketing: boolean, encoding?: 'gsm'): number | undefined =>
    body(flow, key, 'sms', {
      policy: {
        class: isMarketing ? 'marketing' : 'service',
        keywords: {
          senders: {
            sms: { optOut: 'advanced', help: 'us', optOutLine: '36180', ...(encoding ? { encoding } : {}) },
          },
          words: {
            stop: { do: 'opt-out', prompt: 'STOP' },
            start: { do: 'opt-in', prompt: 'START' },
            help: { do: 'help', prompt: ['HELP', 'AIDE'] },
            human: { do: 'handoff', prompt: 'COACH' },
            contact: { do: 'legal-notice', prompt: 'CONTACT' },
          },
        },
      },
      offers: [...instead(lastSlot), ownComeback, ownPlace],
      links: Object.fromEntries(
        ['comeback', 'book-call', 'pay-390', 'apply-spark'].map((key) => [
          key,
          'https://mona.fr/l/0123456789',
        ]),
      ),
    }).segments;

  test('as written (§19.4)', () => {
    const cost = [
      sent('welcome', 'j0-sms', false),
      sent('welcome', 'j6-sms', false),
      sent('nurturing', 'j1-sms', false),
      sent('nurturing', 'j15-sms', false),
      sent('upsell', 'j1-sms', false),
      sent('spark', 'j1-sms', false),
      sent('winback', 'j5-sms', false),
    ];
    expect(cost).toEqual([4, 3, 2, 3, 3, 4, 4]);
  });

  test("with the channel's last line", () => {
    expect([sent('nurturing', 'j15-sms', true), sent('winback', 'j5-sms', true)]).toEqual([4, 4]);
  });

  test('folded to GSM-7, that line included (§19.4)', () => {
    const cost = [
      sent('welcome', 'j0-sms', true, 'gsm'),
      sent('welcome', 'j6-sms', true, 'gsm'),
      sent('nurturing', 'j1-sms', false, 'gsm'),
      sent('nurturing', 'j15-sms', true, 'gsm'),
      sent('upsell', 'j1-sms', true, 'gsm'),
      sent('spark', 'j1-sms', true, 'gsm'),
      sent('winback', 'j5-sms', true, 'gsm'),
    ];
    expect(cost).toEqual([2, 2, 1, 2, 2, 2, 2]);
  });
});
