import express, { Router, type Response } from 'express';
import { notFound } from '../errors.ts';

/** Words of the pages a mail leads to, by page, in the language of the one who opens it. */
export interface PageWords {
  readonly title: string;
  readonly lead: string;
  readonly button: string;
  readonly done: string;
}

export interface MailPage {
  readonly locale: string;
  readonly words: PageWords;
  /** What the button says where the words do not: the label of the answer. */
  readonly label: string | null;
  /** Acts, once; a repeat changes nothing more. */
  readonly act: () => Promise<void>;
}

export interface MailPageDoors {
  /** Null for a token that is not ours. */
  readonly answer: (token: string) => Promise<MailPage | null>;
  readonly unsubscribe: (token: string) => Promise<MailPage | null>;
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);

const style =
  'body{font:16px/1.5 ui-sans-serif,system-ui,"Segoe UI",Roboto,sans-serif;margin:0;min-height:100dvh;display:grid;place-items:center;background:#f7f7f5;color:#1d1c1a}' +
  'main{max-width:26rem;margin:1rem;padding:2rem;background:#fff;border:1px solid #dad9d3;border-radius:6px}h1{font-size:20px;margin:0 0 12px}' +
  'button{font:inherit;min-height:44px;padding:0 20px;border:0;border-radius:6px;background:#4338b8;color:#fff;cursor:pointer}' +
  '@media(prefers-color-scheme:dark){body{background:#141413;color:#edece8}main{background:#1c1c1a;border-color:#34332f}button{background:#a79ff5;color:#141413}}';

function show(response: Response, locale: string, title: string, body: string): void {
  response
    .set({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    .type('html')
    .send(
      `<!doctype html><html lang="${locale}"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)}</title>` +
        `<style>${style}</style><main><h1>${escapeHtml(title)}</h1>${body}</main></html>`,
    );
}

/** Scanners and previews follow links: a `GET` asks, only a `POST` acts (lifecycle.md §16–17). */
export function mailPages(doors: MailPageDoors): Router {
  const router = Router();
  const unknown = (): never => {
    throw notFound('no_such_page', 'This address leads nowhere any more.');
  };
  for (const [path, find] of [
    ['/a/:token', doors.answer],
    ['/u/:token', doors.unsubscribe],
  ] as const) {
    router.get(path, async (request, response) => {
      const page = (await find(request.params.token)) ?? unknown();
      const { title, lead, button } = page.words;
      show(
        response,
        page.locale,
        title,
        `<p>${escapeHtml(lead)}</p><form method="post"><button>${escapeHtml(page.label ?? button)}</button></form>`,
      );
    });
    router.post(path, express.raw({ type: () => true, limit: '8kb' }), async (request, response) => {
      const page = (await find(request.params.token)) ?? unknown();
      await page.act();
      show(response, page.locale, page.words.title, `<p>${escapeHtml(page.words.done)}</p>`);
    });
  }
  return router;
}
