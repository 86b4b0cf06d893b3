import { describe, expect, test } from 'vitest';
import { trackLinks, type TrackOptions } from '../../src/core/track.ts';
import { aRow } from '../channels/support/world.ts';

const options: TrackOptions = {
  secret: 'a-claim',
  publicUrl: 'https://mona.example',
  hosts: ['app.mona.example'],
  seesOpens: false,
};
const words = {
  flow: 'upsell', version: 1, key: 'j0-email', locale: 'fr', register: 'vous', fields: {}, claims: [],
} as const; // prettier-ignore
const guard = { flow: 'upsell', exclusive: true, asksQuestion: false, expectsReply: false };
const aMail = (text: string, html: string) =>
  aRow({ channel: 'email', words, guard, stepKey: 'j0-email', body: { text, html, subject: 'x' } });

describe('links of a message', () => {
  test('are one short link each, the same in text and HTML, with the campaign in their target', () => {
    const href = 'https://mona.example/pay-390?x=1';
    const { row, links } = trackLinks(
      aMail(`Ici : ${href}.`, `<a href="${href}" class="b">${href}</a>`),
      options,
    );
    const [link] = links;
    expect(link?.token).toMatch(/^[0-9A-Za-z]{10}$/);
    expect(link).toMatchObject({
      linkKey: 'pay-390',
      url: `${href}&utm_source=mona&utm_medium=email&utm_campaign=upsell&utm_content=j0-email`,
    });
    const short = `https://mona.example/l/${link?.token ?? ''}`;
    expect(row.body.text).toBe(`Ici : ${short}.`);
    // What reads as text in the HTML stays: nodes are changed, not words.
    expect(row.body.html).toContain(`<a href="${short}" class="b">${href}</a>`);
  });

  test('of the house’s own words stay as they read', () => {
    const help = aRow({
      channel: 'sms',
      words: { ...words, flow: 'common', key: 'help' },
      body: { text: 'Aide : https://mona.example/aide' },
    });
    expect(trackLinks(help, options)).toEqual({ row: help, links: [] });
  });

  test.each([
    ['the way out', 'https://mona.example/u/{{unsubscribe}}'],
    ['an answer button', 'https://mona.example/a/token'],
    ['a telephone', 'tel:+33639980001'],
    ['a mail address', 'mailto:a@example.org'],
    ['a host that is not on the list', 'https://evil.example/x'],
    ['a script', 'javascript:alert(1)'],
  ])('%s stays as it is', (_, href) => {
    const row = aMail(href, `<a href="${href}">x</a>`);
    expect(trackLinks(row, options)).toEqual({ row, links: [] });
  });

  test('LINK_HOSTS adds hosts', () => {
    expect(trackLinks(aMail('https://app.mona.example/x', ''), options).links).toHaveLength(1);
  });

  test('two addresses of one name are told apart', () => {
    const text = 'https://mona.example/plan?a=1 https://mona.example/plan?a=2';
    expect(trackLinks(aMail(text, ''), options).links.map(({ linkKey }) => linkKey)).toEqual(['plan', 'plan-2']);
  }); // prettier-ignore

  test('a mail with links has one nobody sees, and a pixel only for who agreed to it', () => {
    const mail = aMail('x', '<a href="https://mona.example/plan">x</a>');
    const without = trackLinks(mail, options);
    expect(without.links.map(({ linkKey }) => linkKey)).toEqual(['plan', 'honeypot']);
    expect(without.row.body.html).not.toContain('<img');
    const seen = trackLinks(mail, { ...options, seesOpens: true });
    expect(seen.links.map(({ linkKey }) => linkKey)).toEqual(['plan', 'honeypot', 'open']);
    expect(seen.row.body.html).toMatch(/<img src="https:\/\/mona\.example\/o\/\w{10}\.gif"/);
  });

  test("a text is counted anew; a coach's own words leave as typed", () => {
    const text = 'Voici : https://mona.example/book-call !';
    const { row } = trackLinks(aRow({ words, guard, body: { text, segments: 9 } }), options);
    expect(row.body).toMatchObject({ segments: 1, encoding: 'gsm' });
    const typed = aRow({ words: null, body: { text } });
    expect(trackLinks(typed, options).row).toBe(typed);
  });
});
