import express, { Router, type Request, type Response } from 'express';
import { escapeHtml } from '../core/render-email.ts';
import { links, type LinkDoors } from './links.ts';

/** Words of the pages a mail leads to, by page, in the language of the one who opens it. */
export interface PageWords {
  readonly title: string;
  readonly lead: string;
  readonly button: string;
  readonly done: string;
}

/** One thing a page offers to do. `id` null is what it does for whoever says nothing more: the one click. */
export interface PageChoice {
  readonly id: string | null;
  readonly label: string;
  readonly done: string;
}

export interface MailPage {
  readonly locale: string;
  readonly title: string;
  readonly lead: string;
  readonly choices: readonly PageChoice[];
  /** What a browser is asked here, once the words are read: whether it may show our messages. */
  readonly push?: {
    readonly token: string;
    readonly key: string;
    /** They said yes before. */
    readonly isOn: boolean;
    readonly words: PageWords;
  } | null;
  /** Acts, once; a repeat changes nothing more. */
  readonly act: (choice: string | null) => Promise<void>;
}

export interface MailPageDoors {
  /** Null for a token that is not ours, or is over. */
  readonly answer: (token: string) => Promise<MailPage | null>;
  readonly unsubscribe: (token: string) => Promise<MailPage | null>;
  readonly links: LinkDoors;
  /** Words of the page for an address that leads nowhere. */
  readonly lost: Pick<PageWords, 'title' | 'lead'>;
}

const style =
  'body{font:16px/1.5 ui-sans-serif,system-ui,"Segoe UI",Roboto,sans-serif;margin:0;min-height:100dvh;display:grid;place-items:center;background:#f7f7f5;color:#1d1c1a}' +
  'main{max-width:26rem;margin:1rem;padding:2rem;background:#fff;border:1px solid #dad9d3;border-radius:6px}h1{font-size:20px;margin:0 0 12px}h2{font-size:16px;margin:24px 0 8px}' +
  'button{font:inherit;min-height:44px;padding:8px 20px;border:1px solid #4338b8;border-radius:6px;background:#4338b8;color:#fff;cursor:pointer}' +
  'form{display:grid;gap:12px}form button+button{background:none;color:inherit;border-color:#8a887f}' +
  '@media(prefers-color-scheme:dark){body{background:#141413;color:#edece8}main{background:#1c1c1a;border-color:#34332f}button{background:#a79ff5;border-color:#a79ff5;color:#141413}}';

function show(response: Response, locale: string, title: string, body: string): void {
  response
    .set({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    .type('html')
    .send(
      `<!doctype html><html lang="${locale}"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><title>${escapeHtml(title)}</title>` +
        `<style>${style}</style><main><h1>${escapeHtml(title)}</h1>${body}</main></html>`,
    );
}

const button = ({ id, label }: PageChoice): string =>
  `<button${id === null ? '' : ` name="choice" value="${escapeHtml(id)}"`}>${escapeHtml(label)}</button>`;

/** Hidden until its script has found that this browser can, and was not asked before. */
function pushQuestion({ push }: MailPage): string {
  if (!push) return '';
  const { token, key, isOn, words } = push;
  return (
    `<section id="push" hidden data-token="${escapeHtml(token)}" data-key="${escapeHtml(key)}" data-done="${escapeHtml(words.done)}" data-on="${isOn ? 'yes' : 'no'}">` +
    `<h2>${escapeHtml(words.title)}</h2><p>${escapeHtml(words.lead)}</p><button type="button">${escapeHtml(words.button)}</button></section>` +
    '<script src="/push/ask.js" defer></script>'
  );
}

/** The button that was pressed; a mail program's one click names none (RFC 8058), in whatever form it comes. */
function chosen(request: Request): string | null {
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  if (!isForm || !Buffer.isBuffer(request.body)) return null;
  return new URLSearchParams(request.body.toString('utf8')).get('choice');
}

/** Scanners and previews follow links: a `GET` asks, only a `POST` acts (lifecycle.md §16–17). */
export function mailPages(doors: MailPageDoors): Router {
  const router = Router();
  const lost = (response: Response): void => {
    response.status(404);
    show(response, 'fr', doors.lost.title, `<p>${escapeHtml(doors.lost.lead)}</p>`);
  };
  router.use(links(doors.links, lost));
  for (const [path, find] of [
    ['/a/:token', doors.answer],
    ['/u/:token', doors.unsubscribe],
  ] as const) {
    router.get(path, async (request, response) => {
      const page = await find(request.params.token);
      if (!page) return lost(response);
      const { locale, title, lead, choices } = page;
      const form = `<form method="post">${choices.map(button).join('')}</form>`;
      show(response, locale, title, `<p>${escapeHtml(lead)}</p>${form}${pushQuestion(page)}`);
    });
    router.post(path, express.raw({ type: () => true, limit: '8kb' }), async (request, response) => {
      const page = await find(request.params.token);
      if (!page) return lost(response);
      const choice = chosen(request);
      const known = page.choices.find(({ id }) => id === choice) ?? page.choices[0];
      await page.act(known?.id ?? null);
      show(response, page.locale, page.title, `<p>${escapeHtml(known?.done ?? '')}</p>`);
    });
  }
  return router;
}
