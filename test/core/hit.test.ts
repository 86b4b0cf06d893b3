import { describe, expect, test } from 'vitest';
import { reasonsOf, verdictOf, type Around, type Hit } from '../../src/core/hit.ts';

const noon = Date.parse('2027-02-02T12:00:00Z');
const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148';
const aHit = (secondsAfterNoon: number, over: Partial<Hit> = {}): Hit => ({
  id: `h${String(secondsAfterNoon)}${over.linkKey ?? ''}${over.contactId ?? ''}`,
  contactId: 'lea', linkKey: 'book-call', kind: 'click', at: new Date(noon + secondsAfterNoon * 1000), ip: '81.2.69.160', reasons: [],
  ...over,
}); // prettier-ignore
const around = (hits: readonly Hit[], over: Partial<Around> = {}): Around => ({
  ofMessage: hits.filter(({ contactId }) => contactId === 'lea'),
  ofIp: hits,
  linkKeys: ['book-call'],
  deliveredAt: new Date(noon - 3_600_000),
  ...over,
});

describe('a request says of itself that it is a machine', () => {
  const click = { method: 'GET', agent: iphone, purpose: null };
  test.each([
    ['a person on a phone', click, 'click', []],
    ['HEAD', { ...click, method: 'HEAD' }, 'click', ['head']],
    ['a prefetch', { ...click, purpose: 'prefetch;prerender' }, 'click', ['prefetch']],
    ['no agent at all', { ...click, agent: '' }, 'click', ['no_agent']],
    ['a previewer', { ...click, agent: 'WhatsApp/2.23.20.0' }, 'click', ['bot']],
    ['a library', { ...click, agent: 'python-requests/2.31' }, 'click', ['bot']],
    ['Apple, which opens all', { ...click, agent: 'Mozilla/5.0' }, 'open', ['apple_prefetch']],
    ['Google, which opens as they do', { ...click, agent: 'Mozilla/5.0 (via ggpht.com GoogleImageProxy)' }, 'open', []],
  ] as const)('%s', (_, asked, kind, reasons) => {
    expect(reasonsOf(asked, kind)).toEqual(reasons);
  }); // prettier-ignore
});

describe('hits beside each other show who made them (§19.1)', () => {
  const verdict = (hit: Hit, others: readonly Hit[] = [], over: Partial<Around> = {}) =>
    verdictOf(hit, around([hit, ...others], over));

  test('one click alone is a person', () => {
    expect(verdict(aHit(0))).toEqual({ verdict: 'human', reasons: [] });
  });

  test('the link nobody sees marks what came within thirty seconds of it', () => {
    const trap = aHit(0, { linkKey: 'honeypot' });
    expect(verdict(aHit(30), [trap]).reasons).toEqual(['honeypot']);
    expect(verdict(aHit(31), [trap]).verdict).toBe('human');
  });

  test('three links in ten seconds, or all of two', () => {
    const keys = ['book-call', 'plan', 'stats'];
    const fast = keys.map((linkKey, n) => aHit(n * 5, { linkKey }));
    expect(verdict(aHit(0), fast, { linkKeys: [...keys, 'more'] }).reasons).toEqual(['many_links']);
    const slow = keys.map((linkKey, n) => aHit(n * 11, { linkKey }));
    expect(verdict(aHit(0), slow, { linkKeys: keys }).verdict).toBe('human');
    const both = [aHit(4, { linkKey: 'plan' })];
    expect(verdict(aHit(0), both, { linkKeys: ['book-call', 'plan'] }).reasons).toEqual(['all_links']);
    expect(verdict(aHit(0), both, { linkKeys: ['book-call', 'plan', 'more'] }).verdict).toBe('human');
  });

  test('one address for three people within a minute', () => {
    const two = ['karim', 'ines'].map((contactId) => aHit(60, { contactId }));
    expect(verdict(aHit(0), two).reasons).toEqual(['shared_ip']);
    expect(verdict(aHit(0), two.slice(1)).verdict).toBe('human');
    expect(verdict(aHit(0, { ip: null }), two).verdict).toBe('human');
  });

  test('at once after delivery: a machine from a rented network, else nobody knows', () => {
    const justNow = { deliveredAt: new Date(noon - 4_999) };
    expect(verdict(aHit(0), [], justNow)).toEqual({ verdict: 'unsure', reasons: ['fast'] });
    const rented = aHit(0, { ip: '::ffff:52.95.4.1' });
    expect(verdict(rented, [], justNow).reasons).toEqual(['hosting_network']);
    expect(verdict(rented, [], { deliveredAt: new Date(noon - 5_000) }).verdict).toBe('human');
  });
});
