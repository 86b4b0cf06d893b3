import { createHash } from 'node:crypto';
import type { Twilio } from 'twilio';
import type { RowBody, RowButton } from '../../core/row.ts';

/** A template as we write it; `{{1}}`, `{{2}}` … are filled when it is sent. */
export interface Template {
  /** Its name at the carrier, e.g. `nurturing-j1:fr:tu`. */
  readonly name: string;
  readonly language: string;
  readonly category: 'UTILITY' | 'MARKETING' | 'AUTHENTICATION';
  readonly body: string;
  /** A sample for each place. */
  readonly samples: Readonly<Record<string, string>>;
  readonly buttons?: readonly RowButton[];
}

export interface Approval {
  readonly contentSid: string;
  /** The carrier's word: `unsubmitted`, `received`, `pending`, `approved`, `rejected`, `paused`, `disabled`. */
  readonly status: string;
  readonly reason: string;
}

/** Contents at the carrier: approved templates, and button sets for free-form messages. */
export interface Templates {
  /** The content of a template by its name, or of a sid as it is; null when the carrier has none. */
  sidOf(name: string): Promise<string | null>;
  /** The content that shows these buttons under a text given as variable 1; made once a set. */
  buttonsSid(buttons: readonly RowButton[]): Promise<string>;
  push(template: Template): Promise<Approval>;
  status(name: string): Promise<Approval | null>;
}

export type SentTemplate = NonNullable<RowBody['template']>;

/** Under the carrier's bounds of a quick reply (twilio-and-whatsapp.md §9). */
const titleLength = 20;

type Types = Record<string, { body: string; actions?: { type: 'QUICK_REPLY'; title: string; id: string }[] }>;

function typesOf(body: string, buttons: readonly RowButton[]): Types {
  if (buttons.length === 0) return { 'twilio/text': { body } };
  const actions = buttons.map(({ id, label }) => ({
    type: 'QUICK_REPLY' as const,
    title: label.slice(0, titleLength),
    id,
  }));
  return { 'twilio/quick-reply': { body, actions } };
}

/** The same buttons are the same content, in every process. */
function buttonsName(buttons: readonly RowButton[]): string {
  const shape = JSON.stringify(buttons.map(({ id, label }) => [id, label]));
  return `mona-buttons-${createHash('sha256').update(shape).digest('hex').slice(0, 24)}`;
}

interface CreatedContent {
  readonly name: string;
  readonly language: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly types: Types;
}

export function createTemplates(client: Twilio): Templates {
  const sids = new Map<string, Promise<string | null>>();
  let listed: Promise<void> | null = null;

  const list = async (): Promise<void> => {
    const contents = await client.content.v1.contents.list({ limit: 6_000 });
    for (const { friendlyName, sid } of contents)
      if (!sids.has(friendlyName)) sids.set(friendlyName, Promise.resolve(sid));
  };
  /** The carrier's contents are listed once a process; what failed is asked again. */
  const known = async (): Promise<void> => {
    listed ??= list();
    await listed.catch((error: unknown) => {
      listed = null;
      throw error;
    });
  };
  const create = async ({ name, language, variables, types }: CreatedContent): Promise<string> => {
    // The SDK sends its request model as it is: the carrier's own field names.
    const asked = { friendly_name: name, language, variables, types } as unknown as Parameters<
      typeof client.content.v1.contents.create
    >[0];
    const { sid } = await client.content.v1.contents.create(asked);
    return sid;
  };
  const remember = (name: string, making: Promise<string | null>): Promise<string | null> => {
    sids.set(name, making);
    making.catch(() => sids.delete(name));
    return making;
  };
  const sidOf = async (name: string): Promise<string | null> => {
    if (name.startsWith('HX')) return name;
    if (!sids.has(name)) await known();
    return (await sids.get(name)) ?? null;
  };
  const approvalOf = async (contentSid: string): Promise<Approval> => {
    const { whatsapp } = await client.content.v1.contents(contentSid).approvalFetch().fetch();
    const { status, rejection_reason: reason } = (whatsapp ?? {}) as {
      status?: string;
      rejection_reason?: string;
    };
    return { contentSid, status: status ?? 'unsubmitted', reason: reason ?? '' };
  };

  return {
    sidOf,
    buttonsSid: async (buttons) => {
      const name = buttonsName(buttons);
      await known();
      const made =
        sids.get(name) ??
        remember(
          name,
          create({ name, language: 'fr', variables: { 1: 'MONA' }, types: typesOf('{{1}}', buttons) }),
        );
      return (await made) ?? name;
    },
    push: async ({ name, language, category, body, samples, buttons = [] }) => {
      const known = await sidOf(name);
      const contentSid =
        known ?? (await create({ name, language, variables: samples, types: typesOf(body, buttons) }));
      sids.set(name, Promise.resolve(contentSid));
      const before = await approvalOf(contentSid);
      if (before.status !== 'unsubmitted') return before;
      const approvalName = name.toLowerCase().replace(/[^a-z0-9]+/g, '_');
      const asked = { name: approvalName, category } as Parameters<
        ReturnType<typeof client.content.v1.contents>['approvalCreate']['create']
      >[0];
      await client.content.v1.contents(contentSid).approvalCreate.create(asked);
      return approvalOf(contentSid);
    },
    status: async (name) => {
      const contentSid = await sidOf(name);
      return contentSid === null ? null : approvalOf(contentSid);
    },
  };
}
