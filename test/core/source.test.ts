import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Asked } from '../support/render.ts';
import { aClient, body, noon, ownComeback, samples } from '../support/render.ts';

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

describe('a shipped text is the source, word for word', () => {
  test.each(cases.map((one) => [one.key, one] as const))('%s', (_, one) => {
    expect(oursOf(one)).toEqual(sourceOf(one));
  });

  test('every message of the two sequences is compared', () => {
    expect(cases).toHaveLength(10);
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
      offers: [...samples.offers, ownComeback],
      links: { comeback: 'https://mona.fr/l/0123456789' },
    }).segments;

  test('as written', () => {
    const cost = [
      sent('nurturing', 'j1-sms', false),
      sent('nurturing', 'j15-sms', false),
      sent('winback', 'j5-sms', false),
    ];
    expect(cost).toEqual([2, 3, 4]);
  });

  test("with the channel's last line", () => {
    expect([sent('nurturing', 'j15-sms', true), sent('winback', 'j5-sms', true)]).toEqual([4, 4]);
  });

  test('folded to GSM-7, that line included', () => {
    const cost = [
      sent('nurturing', 'j1-sms', false, 'gsm'),
      sent('nurturing', 'j15-sms', true, 'gsm'),
      sent('winback', 'j5-sms', true, 'gsm'),
    ];
    expect(cost).toEqual([1, 2, 2]);
  });
});
