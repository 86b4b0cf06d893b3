import type { CollectionName } from '../store/connect.ts';
import { personalData } from '../store/personal-data.ts';

/** Words of the register: locales/<locale>/register.yaml. */
export interface RegisterWords {
  readonly title: string;
  readonly lead: string;
  readonly heads: readonly string[];
  readonly purposes: Readonly<Record<string, string>>;
  readonly categories: Readonly<Record<string, string>>;
  readonly collections: Readonly<Record<string, string>>;
  readonly erasure: Readonly<Record<string, string>>;
  readonly kept: {
    readonly days: string;
    readonly years: string;
    readonly contact: string;
    readonly proof: string;
  };
  readonly sections: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

const need = (words: Readonly<Record<string, string>>, key: string): string => {
  const word = words[key];
  if (word === undefined) throw new Error(`register.yaml has no word for "${key}"`);
  return word;
};

const year = 365;

function keptFor(name: CollectionName, { kept }: RegisterWords): string {
  const days = personalData[name]?.keptDays ?? null;
  if (days === null) return name === 'suppressions' ? kept.proof : kept.contact;
  const whole = days / year;
  return Number.isInteger(whole)
    ? kept.years.replace('{n}', String(whole))
    : kept.days.replace('{n}', String(days));
}

/** The register of processing (GDPR 30), as Markdown: one line a collection that holds something on people, from the code's own declarations. */
export function writeRegister(words: RegisterWords): string {
  const names = (Object.keys(personalData) as CollectionName[]).filter((name) => personalData[name]);
  const rows = names.map((name) => {
    const data = personalData[name];
    if (!data) return '';
    const cells = [
      `${need(words.collections, name)} (\`${name}\`)`,
      need(words.purposes, data.purpose),
      data.categories.map((category) => need(words.categories, category)).join(', '),
      keptFor(name, words),
      data.of ? need(words.erasure, name === 'contacts' ? 'tombstone' : data.erasure.do) : '–',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    `# ${words.title}`,
    '',
    words.lead,
    '',
    line(words.heads),
    line(words.heads.map(() => '---')),
    ...rows,
    '',
    ...words.sections.flatMap(({ title, lines }) => [`## ${title}`, ...lines.map((one) => `- ${one}`), '']),
  ].join('\n');
}
