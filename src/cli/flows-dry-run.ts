import type { Cast } from '../core/rehearse.ts';
import type { World } from '../core/decide.ts';
import { createUnderstand } from '../core/intent.ts';
import type { Library } from '../core/library.ts';
import { memoryLibrary } from '../core/memory-library.ts';
import { PublishRefused } from '../store/publish.ts';
import { differences, replay, type Difference } from '../core/replay.ts';
import { channels } from '../core/vocabulary.ts';
import type { Store } from '../store/connect.ts';
import { dutyAt, firstHours } from '../store/duty.ts';
import { readyFlows, type FlowFiles } from '../store/flow-files.ts';
import { historyOf, lastThreads } from '../store/histories.ts';
import { readIntentLists } from '../store/intent-files.ts';
import { loadLibrary } from '../store/library.ts';
import { wouldPublish } from '../store/publish.ts';
import { lintAgainstRunning } from '../store/succession.ts';
import { loadWorlds } from '../store/world.ts';

/** Threads that are played again (conversation.md §4). */
const mostThreads = 200;

/**
 * Plays the last threads on what is published and on the files, and prints each answer that would differ. Writes nothing.
 * Throws PublishRefused where a publish would.
 */
export async function dryRun(
  store: Store,
  files: FlowFiles,
  publicUrl: string,
  localesDir: string,
): Promise<string> {
  const behind = await lintAgainstRunning(store, files);
  if (behind.length > 0) throw new PublishRefused(behind);
  const versions = await wouldPublish(store, files);
  if (versions.length === 0) return 'Nothing changed.';
  const would = versions.map((version) => `Would publish ${version}`);
  if ((await store.flows.countDocuments()) === 0)
    return [...would, 'Nothing is published yet: no thread to play again.'].join('\n');
  const ids = await lastThreads(store, mostThreads);
  const stages = {
    before: await loadLibrary(store),
    after: libraryOf(files),
    understand: createUnderstand(readIntentLists(localesDir)),
  };
  const found: string[] = [];
  let changed = 0;
  for (const id of ids) {
    const different = await differencesOf(store, id, stages, publicUrl);
    changed += different.length;
    if (different.length > 0) found.push(`\nthread ${id}`, ...different.flatMap(printed));
  }
  const same = changed === 0 ? 'every answer is the same' : `${count(changed, 'answer')} would differ`;
  const sum = `\n${count(ids.length, 'thread')} played again: ${same}.`;
  return [...would, ...found, sum].join('\n');
}

interface Stages {
  readonly before: Library;
  readonly after: Library;
  readonly understand: Cast['understand'];
}

async function differencesOf(
  store: Store,
  id: string,
  { before, after, understand }: Stages,
  publicUrl: string,
): Promise<readonly Difference[]> {
  const senders = channels.map((channel) => ({ key: `${channel}:replay`, channel }));
  const worlds = await loadWorlds(store, before, [id], { now: new Date(), publicUrl, senders });
  const world = worlds.get(id);
  if (!world) return [];
  const history = await historyOf(store, id);
  const on = (library: Library) => replay(castOf(world, library, understand), history);
  return differences(on(before), on(after));
}

function libraryOf(files: FlowFiles): Library {
  const { keywords, policy, words } = files;
  if (!keywords.value || !policy.value)
    throw new Error('flows/keywords.yaml or flows/policy.yaml cannot be read; run "mona flows lint".');
  return memoryLibrary({
    flows: readyFlows(files).map(({ flow }) => flow),
    words,
    keywords: keywords.value,
    policy: policy.value,
  });
}

/** The contact as they are now; what the thread itself withdrew or tagged comes again as it is played. */
function castOf(world: World, library: Library, understand: Cast['understand']): Cast {
  const coaches = Object.entries(world.coachNames).map(([_id, name]) => ({
    _id,
    name,
    status: 'available' as const,
    openThreads: 0,
  }));
  return {
    contact: world.contact,
    addresses: world.addresses,
    consents: Object.fromEntries(Object.keys(world.consents).map((key) => [key, 'granted'])),
    senders: world.senders.map((sender) => ({
      ...sender,
      canReceive: sender.channel !== 'push',
      isPaused: false,
    })),
    coachNames: world.coachNames,
    offers: () => world.offers,
    duty: (now) =>
      dutyAt(
        firstHours,
        coaches.map((coach) => ({ ...coach, beatAt: now })),
        now,
      ),
    library,
    understand,
    publicUrl: world.publicUrl,
  };
}

function printed({ turn, was, is }: Difference): string[] {
  const at = turn.at.toISOString().slice(0, 16).replace('T', ' ');
  const lines = (mark: string, said: readonly string[]) =>
    (said.length === 0 ? ['(nothing)'] : said).map((one) => `    ${mark} ${one.replaceAll('\n', ' / ')}`);
  return [`  ${at} < ${turn.heard.slice(0, 80)}`, ...lines('-', was), ...lines('+', is)];
}

const count = (n: number, what: string): string => `${String(n)} ${what}${n === 1 ? '' : 's'}`;
