import type { World } from '../core/decide.ts';
import { fillIn } from '../core/decide/desk-template.ts';
import { localeOf, registerOf } from '../core/decide/compose.ts';
import { isRecord } from '../core/entry.ts';
import type { Moment } from '../core/vocabulary.ts';
import type { Desk } from './rows.ts';

/** A prepared reply, said to this artist: places that nothing fills stay as `{{path}}`. */
export interface CannedView {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly missing: readonly string[];
}

interface Prepared {
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

/** The house's own, in `common:canned`, and the team's; in the artist's language and register (inbox.md §8). */
export async function readCanned(
  { store }: Desk,
  world: World,
  coachName: string,
  moment: Moment,
): Promise<readonly CannedView[]> {
  const locale = localeOf(world, null);
  const register = registerOf(null, world, 'sms');
  const ofTeam = await store.canned.find({ locale, register: { $in: [register, null] } }).toArray();
  const prepared: readonly Prepared[] = [
    ...ofTeam.map(({ _id, name, text }) => ({ id: _id, name, text })),
    ...ofHouse(world, locale, register),
  ];
  return prepared.map(({ id, name, text }) => ({ id, name, ...fillIn(world, text, coachName, moment) }));
}

function ofHouse(
  { library }: World,
  locale: Parameters<ReturnType<World['library']['words']>['raw']>[2],
  register: Parameters<ReturnType<World['library']['words']>['raw']>[3],
): readonly Prepared[] {
  const words = library.words(library.wordsOf('common'));
  const tree = words.tree('common', 'canned', locale);
  if (!isRecord(tree)) return [];
  return Object.keys(tree).flatMap((key) => {
    const name = words.raw('common', `canned.${key}.name`, locale, register);
    const text = words.raw('common', `canned.${key}.text`, locale, register);
    return name === null || text === null ? [] : [{ id: key, name, text }];
  });
}
