import type { Journal } from './journal.ts';
import { newSid, type Button } from './message.ts';

/** A content resource: words with places for values, and buttons. */
export interface Content {
  readonly sid: string;
  readonly friendlyName: string;
  readonly language: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly types: Readonly<
    Record<string, { readonly body?: string; readonly actions?: readonly { title?: string; id?: string }[] }>
  >;
  approval: {
    readonly name: string;
    readonly category: string;
    readonly status: string;
    readonly reason: string;
  } | null;
  readonly createdAt: number;
}

export interface Contents {
  create(body: unknown, nowMs: number): Content;
  find(sid: string): Content | undefined;
  list(): readonly Content[];
  submit(content: Content, body: unknown): Content;
  remove(sid: string): boolean;
  clear(): void;
}

const place = /\{\{\s*(\w+)\s*\}\}/g;

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(place, (_, name: string) => values[name] ?? '');
}

/** The type the channel shows: buttons where it can, otherwise the text. */
function shownType(content: Content): Content['types'][string] {
  const types = content.types;
  return (
    types['twilio/quick-reply'] ??
    types['twilio/list-picker'] ??
    types['whatsapp/card'] ??
    types['twilio/text'] ??
    Object.values(types)[0] ??
    {}
  );
}

/** What the person sees of a content filled with values, the content's own samples where none is given. */
export function fillContent(
  content: Content,
  given: Readonly<Record<string, string>>,
): { body: string; buttons: Button[] } {
  const values = { ...content.variables, ...given };
  const { body = '', actions = [] } = shownType(content);
  const buttons = actions.map(({ title = '', id }) => ({
    title: fill(title, values),
    id: fill(id ?? title, values),
  }));
  return { body: fill(body, values), buttons };
}

/** Why a template would be refused (twilio-and-whatsapp.md §9), or '' . */
function refusal(content: Content): string {
  const body = (shownType(content).body ?? '').trim();
  if (body.startsWith('{{') || body.endsWith('}}'))
    return 'Variables can not be at the start or end of the template.';
  if (/\}\}\s*\{\{/.test(body)) return 'Variables can not be next to each other.';
  if (body.length > 1_024) return 'The body is longer than 1,024 characters.';
  const isUnsampled = [...body.matchAll(place)].some(([, name]) => !content.variables[name ?? '']);
  return isUnsampled ? 'Each variable needs a sample value.' : '';
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

export function createContents(journal: Journal): Contents {
  const contents = new Map<string, Content>();
  for (const line of journal.replay('content')) {
    const content = line as Content;
    contents.set(content.sid, content);
  }
  return {
    create: (body, nowMs) => {
      const asked = record(body);
      const content: Content = {
        sid: newSid('HX'),
        friendlyName: String(asked.friendly_name ?? ''),
        language: String(asked.language ?? 'fr'),
        variables: record(asked.variables) as Content['variables'],
        types: record(asked.types) as Content['types'],
        approval: null,
        createdAt: nowMs,
      };
      contents.set(content.sid, content);
      journal.append('content', content);
      return content;
    },
    find: (sid) => contents.get(sid),
    list: () => [...contents.values()],
    submit: (content, body) => {
      const asked = record(body);
      const reason = refusal(content);
      content.approval = {
        name: String(asked.name ?? content.friendlyName),
        category: String(asked.category ?? 'UTILITY'),
        status: reason ? 'rejected' : 'approved',
        reason,
      };
      journal.append('content', content);
      return content;
    },
    remove: (sid) => contents.delete(sid),
    clear: () => contents.clear(),
  };
}
