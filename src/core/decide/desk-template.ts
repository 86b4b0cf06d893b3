import { claimScope } from '../claim.ts';
import type { World } from '../decide.ts';
import { isRecord } from '../entry.ts';
import type { RowWords } from '../row.ts';
import { deskTemplates, templateName } from '../templates.ts';
import { printed, valuesOf, type Values } from '../values.ts';
import type { Moment } from '../vocabulary.ts';
import { placeholdersOf } from '../words.ts';
import { localeOf, registerOf } from './compose.ts';
import { snapshotOf } from './scene.ts';
import { partiesOf } from './send.ts';

/** An approved message as it would reach this artist: what is known stands in its place, what is not is null. */
export interface DeskTemplate {
  readonly key: string;
  /** At the carrier. */
  readonly name: string;
  /** With its `{{places}}`. */
  readonly text: string;
  readonly variables: readonly { readonly path: string; readonly value: string | null }[];
}

type Fields = Readonly<Record<string, string>>;

export const isDeskTemplate = (key: string): boolean => deskTemplates.some((known) => known === key);

/** Words of such a template for this artist, with what the coach filled in; the next appointment is known to the house. */
export function deskWords(world: World, key: string, coachName: string, filledIn: Fields): RowWords {
  const [appointment] = world.appointments;
  return {
    flow: 'common',
    version: 0,
    key,
    locale: localeOf(world, null),
    register: registerOf(null, world, 'whatsapp'),
    fields: {
      coach: { name: coachName },
      ...(appointment ? { appointment: { at: appointment.at } } : {}),
      ...filledIn,
    },
    claims: [],
  };
}

const valuesFor = (world: World, { fields }: RowWords, moment: Moment): Values =>
  valuesOf({
    contact: world.contact,
    snapshot: snapshotOf(world),
    run: null,
    claims: claimScope(world.offers, world.contact, world.duty, moment),
    publicUrl: world.publicUrl,
    keywords: world.library.keywords,
    sender: partiesOf(world, 'reply', 'whatsapp').sender,
    fields,
    moment,
  });

/** A prepared reply with what is known of this artist in its places; the others stay as `{{path}}`, and are named. */
export function fillIn(
  world: World,
  text: string,
  coachName: string,
  moment: Moment,
): { readonly text: string; readonly missing: readonly string[] } {
  const words = deskWords(world, '', coachName, {});
  const values = valuesFor(world, words, moment);
  const missing: string[] = [];
  const filled = text.replace(/\{\{\s*([^{}]+?)\s*\}\}/gu, (place, path: string) => {
    const value = printed(values, path, words.locale);
    if (value === null) missing.push(path);
    return value ?? place;
  });
  return { text: filled, missing };
}

/** All of them, for the picker. */
export function deskTemplatesFor(world: World, coachName: string, moment: Moment): readonly DeskTemplate[] {
  return deskTemplates.flatMap((key) => deskTemplateFor(world, key, coachName, moment) ?? []);
}

function deskTemplateFor(world: World, key: string, coachName: string, moment: Moment): DeskTemplate | null {
  const lookup = world.library.words(world.library.wordsOf('common'));
  const words = deskWords(world, key, coachName, {});
  const text = lookup.raw('common', `${key}.whatsapp.text`, words.locale, words.register);
  const tree = lookup.tree('common', `${key}.whatsapp`, words.locale);
  const name = isRecord(tree) ? tree['template'] : null;
  if (text === null || typeof name !== 'string') return null;
  const values = valuesFor(world, words, moment);
  return {
    key,
    name: templateName(name, words.locale, words.register),
    text,
    variables: [...new Set(placeholdersOf(text))].map((path) => ({
      path,
      value: printed(values, path, words.locale),
    })),
  };
}
