import { isRecord } from './entry.ts';
import type { Library, Words } from './library.ts';
import { locales, registers, type Locale, type Register } from './vocabulary.ts';
import { placeholdersOf } from './words.ts';

/** A WhatsApp template that our words need approved: the text of one form, language and register. */
export interface TemplateText {
  readonly name: string;
  readonly language: Locale;
  readonly category: 'UTILITY' | 'MARKETING';
  readonly body: string;
  /** A sample for each place. */
  readonly samples: Readonly<Record<string, string>>;
  readonly buttons: readonly { readonly id: string; readonly label: string }[];
}

/** A template is approved text by text: each language and register is one of its own (data.md, `templates`). */
export const templateName = (name: string, locale: Locale, register: Register): string =>
  `${name}:${locale}:${register}`;

const longestTitle = 20;
const placeholder = /\{\{\s*([^{}]+?)\s*\}\}/gu;

/** Keys of `common` that a coach may send where WhatsApp's window is closed (inbox.md §8), the first offered first. */
export const deskTemplates = ['desk-resume', 'desk-waiting', 'desk-news', 'desk-appointment'] as const;

/** Every template the published words name. */
export function templatesOf(library: Library): TemplateText[] {
  const ofFlows = library.published.flatMap((flow) => {
    const keys = new Set([
      ...flow.steps.map(({ id }) => id),
      ...Object.values(flow.nodes).flatMap((node) => ('words' in node ? [node.words] : [])),
    ]);
    return templatesIn(library, flow.id, [...keys]);
  });
  return [...ofFlows, ...templatesIn(library, 'common', deskTemplates)];
}

function templatesIn(library: Library, namespace: string, keys: readonly string[]): TemplateText[] {
  const words = library.words(library.wordsOf(namespace));
  return keys.flatMap((key) =>
    locales.flatMap((locale) =>
      formsOf(words.tree(namespace, key, locale)).flatMap((form) =>
        textsOf(words, namespace, key, locale, form),
      ),
    ),
  );
}

interface Form {
  readonly template: string;
  /** Path of the text under `<key>.whatsapp.`. */
  readonly text: string;
  /** As written, for every register. */
  readonly buttons: unknown;
}

/** The plain form of a key's WhatsApp words, and its variants that have a template of their own. */
function formsOf(tree: unknown): Form[] {
  const whatsapp = isRecord(tree) ? tree['whatsapp'] : null;
  if (!isRecord(whatsapp)) return [];
  const form = (part: unknown, text: string): Form[] =>
    isRecord(part) && typeof part['template'] === 'string'
      ? [{ template: part['template'], text, buttons: part['buttons'] ?? whatsapp['buttons'] }]
      : [];
  const variants = isRecord(whatsapp['variants']) ? Object.entries(whatsapp['variants']) : [];
  return [
    ...form(whatsapp, 'text'),
    ...variants.flatMap(([name, part]) => form(part, `variants.${name}.text`)),
  ];
}

function buttonsOf(buttons: unknown, register: Register): TemplateText['buttons'] {
  if (!isRecord(buttons)) return [];
  return Object.entries(buttons).flatMap(([id, button]) => {
    if (id.endsWith('_vous')) return [];
    const own = register === 'vous' ? (buttons[`${id}_vous`] ?? button) : button;
    const label = isRecord(own) ? own['label'] : own;
    return typeof label === 'string' ? [{ id, label: label.slice(0, longestTitle) }] : [];
  });
}

function textsOf(words: Words, flow: string, key: string, locale: Locale, form: Form): TemplateText[] {
  return registers.flatMap((register) => {
    const text = words.raw(flow, `${key}.whatsapp.${form.text}`, locale, register);
    if (text === null) return [];
    const paths = [...new Set(placeholdersOf(text))];
    const numbered = text.replace(placeholder, (_, path: string) => `{{${String(paths.indexOf(path) + 1)}}}`);
    return [
      {
        name: templateName(form.template, locale, register),
        language: locale,
        category: 'UTILITY' as const,
        body: numbered,
        samples: Object.fromEntries(paths.map((path, at) => [String(at + 1), path])),
        buttons: buttonsOf(form.buttons, register),
      },
    ];
  });
}
