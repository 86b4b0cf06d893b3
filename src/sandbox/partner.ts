import { Router, urlencoded } from 'express';
import { randomUUID } from 'node:crypto';

export type PageKind = 'booking' | 'shop' | 'villa' | 'dashboard';
export type PartnerLocale = 'fr' | 'en';

/** Words of the partners' pages (`locales/<lng>/partner.yaml`); `{{plan}}` is the price on the page. */
export interface PartnerWords {
  readonly who: string;
  readonly elsewhere: string;
  readonly pages: Readonly<
    Record<
      PageKind,
      { readonly title: string; readonly lead: string; readonly button: string; readonly done: string }
    >
  >;
}

export interface Tracked {
  readonly userId: string;
  readonly event: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface PartnerOptions {
  readonly words: Readonly<Record<PartnerLocale, PartnerWords>>;
  /** Who may use the page, when the link does not say. */
  readonly people: () => Promise<readonly { readonly userId: string; readonly name: string }[]>;
  readonly emit: (tracked: Tracked) => Promise<void>;
  readonly now: () => Date;
}

interface Page {
  readonly kind: PageKind;
  readonly event: string;
  readonly plan?: number;
}

const loggedIn: Page = { kind: 'dashboard', event: 'App Logged In' };

/** What is done on each page: the names are those of `links:` in `flows/policy.yaml`. Any other is the dashboard. */
const pages: Readonly<Record<string, Page>> = {
  booking: { kind: 'booking', event: 'Call Booked' },
  'book-call': { kind: 'booking', event: 'Call Booked' },
  appointment: { kind: 'booking', event: 'Appointment Booked' },
  shop: { kind: 'shop', event: 'Subscription Started', plan: 290 },
  'pay-290': { kind: 'shop', event: 'Subscription Started', plan: 290 },
  'pay-390': { kind: 'shop', event: 'Subscription Started', plan: 390 },
  'pay-490': { kind: 'shop', event: 'Subscription Started', plan: 490 },
  'apply-490': { kind: 'shop', event: 'Subscription Started', plan: 490 },
  villa: { kind: 'villa', event: 'Spark Application Submitted' },
  villas: { kind: 'villa', event: 'Spark Application Submitted' },
  'apply-spark': { kind: 'villa', event: 'Spark Application Submitted' },
  'more-390': { kind: 'dashboard', event: 'Upsell Interest' },
  interest: { kind: 'dashboard', event: 'Upsell Interest' },
  actions: { kind: 'dashboard', event: 'Recommended Action Done' },
  resources: { kind: 'dashboard', event: 'Resources Downloaded' },
  'quick-start': { kind: 'dashboard', event: 'Resources Downloaded' },
  connections: { kind: 'dashboard', event: 'Connection Requested' },
};

const dayMs = 86_400_000;

function propertiesOf(page: Page, now: Date): Record<string, unknown> {
  const at = new Date(now.getTime() + dayMs).toISOString();
  if (page.kind === 'shop') return { plan: page.plan, subscriptionId: randomUUID() };
  if (page.kind === 'villa') return { applicationId: randomUUID() };
  return page.kind === 'booking' ? { at, appointmentId: randomUUID() } : {};
}

const signs: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => signs[sign] ?? sign);

const style = `
  body{font:17px/1.5 system-ui,sans-serif;color:#1d1b26;background:#f6f4ef;margin:0;display:grid;min-height:100vh;place-items:center}
  main{background:#fff;border-radius:14px;padding:32px;max-width:420px;margin:16px;box-shadow:0 1px 3px #0002}
  h1{font-size:22px;margin:0 0 8px} label{display:block;margin:16px 0 4px} select,button{font:inherit;width:100%;padding:12px;border-radius:10px}
  select{border:1px solid #8884;background:#fff} button{border:0;background:#1d1b26;color:#fff;margin-top:20px;cursor:pointer} small{color:#6b6875}`;

function frame(locale: PartnerLocale, title: string, inside: string): string {
  return `<!doctype html><html lang="${locale}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title><style>${style}</style><main>${inside}</main></html>`;
}

function localeOf(accepted: string | undefined, asked: unknown): PartnerLocale {
  if (asked === 'fr' || asked === 'en') return asked;
  return accepted?.trim().toLowerCase().startsWith('en') ? 'en' : 'fr';
}

/** The partners of the sandbox: a booking desk, a shop, the villa's desk, the artists' dashboard. Each emits its event on `/v1/events`. */
export function partnerRouter({ words, people, emit, now }: PartnerOptions): Router {
  const router = Router();
  const read = (
    name: string,
    request: { headers: { 'accept-language'?: string | undefined }; query: Record<string, unknown> },
  ) => {
    const page = pages[name] ?? loggedIn;
    const locale = localeOf(request.headers['accept-language'], request.query.lang);
    const said = words[locale].pages[page.kind];
    const say = (text: string): string => escape(text.replaceAll('{{plan}}', String(page.plan ?? '')));
    return { page, locale, said, say };
  };

  router.get('/:page', async (request, response) => {
    const { locale, said, say } = read(request.params.page, request);
    const known = String(request.query.userId ?? request.query.u ?? '');
    const choices = (await people()).map(
      ({ userId, name }) => `<option value="${escape(userId)}">${escape(name)}</option>`,
    );
    const who = known
      ? `<input type="hidden" name="userId" value="${escape(known)}">`
      : `<label for="who">${escape(words[locale].who)}</label><select id="who" name="userId">${choices.join('')}</select>`;
    const form = `<form method="post">${who}<button>${say(said.button)}</button></form>`;
    response
      .type('html')
      .send(
        frame(
          locale,
          say(said.title),
          `<h1>${say(said.title)}</h1><p>${say(said.lead)}</p>${form}<p><small>${escape(words[locale].elsewhere)}</small></p>`,
        ),
      );
  });

  router.post('/:page', urlencoded({ extended: false }), async (request, response) => {
    const { page, locale, said, say } = read(request.params.page, request);
    const { userId } = (request.body ?? {}) as { userId?: unknown };
    if (typeof userId !== 'string' || userId === '') {
      response.redirect(303, request.originalUrl);
      return;
    }
    await emit({ userId, event: page.event, properties: propertiesOf(page, now()) });
    response
      .type('html')
      .send(frame(locale, say(said.title), `<h1>${say(said.title)}</h1><p>${say(said.done)}</p>`));
  });
  return router;
}
