import mjml2html from 'mjml';

export interface Framed {
  readonly subject: string;
  /** What core rendered: paragraphs, lists and buttons as HTML. */
  readonly content: string;
  /** `fr`, `en`. */
  readonly locale: string;
}

/** Puts a mail's content into the house's frame. */
export type Frame = (mail: Framed) => string;

const holes = { subject: 'mona-subject', content: 'mona-content', locale: 'mona-locale' } as const;

/** All at once: what fills one hole is not searched for another. */
const hole = /mona-(subject|content|locale)/gu;

const source = `
<mjml lang="${holes.locale}">
  <mj-head>
    <mj-title>${holes.subject}</mj-title>
    <mj-raw>
      <meta name="color-scheme" content="light dark" />
      <meta name="supported-color-schemes" content="light dark" />
    </mj-raw>
    <mj-attributes>
      <mj-all font-family="Helvetica, Arial, sans-serif" />
      <mj-text font-size="16px" line-height="1.5" color="#1f2937" />
    </mj-attributes>
    <mj-style>
      .mona p { margin: 0 0 16px; }
      .mona ul, .mona ol { margin: 0 0 16px; padding-left: 24px; }
      .mona h1, .mona h2, .mona h3 { margin: 24px 0 8px; font-size: 18px; line-height: 1.3; }
      .mona blockquote { margin: 0 0 16px; padding-left: 12px; border-left: 3px solid #a78bfa; }
      .mona { overflow-wrap: anywhere; }
      :root { color-scheme: light dark; }
      @media (max-width: 480px) {
        .mona .buttons a { display: block !important; margin: 8px 0 !important; text-align: center; }
      }
      @media (prefers-color-scheme: dark) {
        .ground, .ground > div { background: #141217 !important; }
        .sheet, .sheet > table { background: #1f1c26 !important; }
        .mona div, .mona p, .mona li, .mona strong { color: #ece9f5 !important; }
        .house div { color: #c4b5fd !important; }
        .mona a { color: #c4b5fd !important; }
        .mona .buttons a { background: #a78bfa !important; color: #141217 !important; }
      }
    </mj-style>
  </mj-head>
  <mj-body background-color="#f5f3ff" css-class="ground">
    <mj-section padding="24px 0 8px">
      <mj-column>
        <mj-text css-class="house" align="center" font-size="20px" font-weight="700" color="#6d28d9">MONA x SPARK</mj-text>
      </mj-column>
    </mj-section>
    <mj-section css-class="sheet" background-color="#ffffff" border-radius="12px" padding="16px 8px">
      <mj-column>
        <mj-text css-class="mona">${holes.content}</mj-text>
      </mj-column>
    </mj-section>
    <mj-section padding="8px"><mj-column><mj-spacer height="8px" /></mj-column></mj-section>
  </mj-body>
</mjml>`;

let compiled: Promise<string> | null = null;

/** MJML takes its time, so the frame is compiled once a process; a mail is then only put together. */
export async function openFrame(): Promise<Frame> {
  compiled ??= compile();
  const html = await compiled;
  return ({ subject, content, locale }) => {
    const parts = { subject: escapeText(subject), content, locale: escapeText(locale) };
    return html.replace(hole, (_, part: keyof typeof parts) => parts[part]);
  };
}

async function compile(): Promise<string> {
  const { html, errors } = await mjml2html(source, { validationLevel: 'strict' });
  if (errors.length > 0)
    throw new Error(`The mail frame does not compile: ${errors.map((error) => error.message).join('; ')}`);
  return html;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escapeText = (text: string): string => text.replace(/[&<>"]/gu, (one) => entities[one] ?? one);
