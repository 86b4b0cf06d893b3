import { createHash } from 'node:crypto';
import type { ClientSession } from 'mongodb';
import type { Flow } from '../core/flow/definition.ts';
import { printMistake, type Mistake } from '../core/flow/mistake.ts';
import type { WordResources } from '../core/words.ts';
import type { Store } from './connect.ts';
import { readyFlows, type FlowFiles } from './flow-files.ts';
import { versionId } from './flow-versions.ts';
import type { PublishedKind } from './flows.ts';
import { readPromotions, withPromotions, type Promotions } from './promotions.ts';
import { lintAgainstRunning, wakeTakenOver } from './succession.ts';

/** People would be left behind by what was to be published; nothing was. Says each mistake with its place. */
export class PublishRefused extends Error {
  override readonly name = 'PublishRefused';
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(printMistake).join('\n'));
    this.mistakes = mistakes;
  }
}

export interface Published {
  /** Versions that are new, e.g. `nurturing@7`; none where nothing changed. */
  readonly published: readonly string[];
}

/** One file as it is to be published. */
interface Edition {
  readonly name: string;
  readonly kind: PublishedKind;
  readonly source: string;
  /** Its compiled value at that version. */
  readonly compiled: (version: number) => unknown;
  readonly words: Bundle | null;
}

interface Bundle {
  readonly hash: string;
  readonly json: string;
}

/**
 * Publishes what changed in `flows/` and `locales/`, in one transaction: version n + 1 of each file whose source or words
 * are new, its words by their hash, the pointer moved. Versions and words are never updated. The same files again, by
 * whomever at once, publish nothing. Runs that a new version takes over are woken, to move. Throws when a file has mistakes
 * (lint first), and PublishRefused where someone would be left waiting at a question that is gone.
 */
export async function publish(store: Store, files: FlowFiles, by: string, at: Date): Promise<Published> {
  if (files.mistakes.length > 0) {
    throw new Error(`${String(files.mistakes.length)} mistakes in the flow files; run "mona flows lint".`);
  }
  const { published, editions } = await store.transact(async (session) => {
    const editions = editionsOf(files, await readPromotions(store, session));
    const behind = await lintAgainstRunning(store, files, session);
    if (behind.length > 0) throw new PublishRefused(behind);
    const made: string[] = [];
    for (const edition of editions) {
      const id = await publishOne(store, edition, by, at, session);
      if (id) made.push(id);
    }
    return { published: made, editions };
  });
  for (const { compiled, kind, name } of editions) {
    const id = kind === 'flow' && published.find((one) => one.startsWith(`${name}@`));
    if (id) await wakeTakenOver(store, compiled(Number(id.slice(name.length + 1))) as Flow, at);
  }
  return { published };
}

/**
 * Publishes the next version of a flow with the arms that have won by now, of the source and the words that stand: files that
 * someone is still writing are left alone. @returns its id, or null where the flow is gone or names the experiment no more.
 */
export async function publishPromotions(
  store: Store,
  flowId: string,
  by: string,
  at: Date,
  session: ClientSession,
): Promise<string | null> {
  const pointer = await store.flows.findOne({ _id: flowId, kind: 'flow' }, { session });
  if (!pointer) return null;
  const standing = await store.flowVersions.findOne({ _id: versionId(flowId, pointer.version) }, { session });
  if (!standing) return null;
  const bundle = standing.words && (await store.wordBundles.findOne({ _id: standing.words }, { session }));
  const flow = withPromotions(JSON.parse(standing.compiled) as Flow, await readPromotions(store, session));
  const edition: Edition = {
    name: flowId,
    kind: 'flow',
    source: standing.source,
    compiled: (version) => ({ ...flow, version }),
    words: bundle ? { hash: bundle._id, json: bundle.words } : null,
  };
  return publishOne(store, edition, by, at, session);
}

/** What a publish would make, without making it, e.g. `nurturing@8`. */
export async function wouldPublish(store: Store, files: FlowFiles): Promise<readonly string[]> {
  const pointers = new Map((await store.flows.find().toArray()).map((pointer) => [pointer._id, pointer]));
  const editions = editionsOf(files, await readPromotions(store));
  return editions.flatMap((edition) => {
    const pointer = pointers.get(edition.name);
    return pointer?.hash === hashOf(edition) ? [] : [versionId(edition.name, (pointer?.version ?? 0) + 1)];
  });
}

/** The compiled value too: the policy's step times and defaults are in it. */
const hashOf = ({ source, compiled, words }: Edition): string =>
  sha256([source, JSON.stringify(compiled(0)), words?.hash ?? ''].join('\n'));

function editionsOf(files: FlowFiles, promotions: Promotions): Edition[] {
  const ready = readyFlows(files);
  const flows = ready.map(({ id, source, flow }): Edition => ({
    name: id,
    kind: 'flow',
    source,
    compiled: (version) => ({ ...withPromotions(flow, promotions), version }),
    words: bundleOf(files.words, id),
  }));
  const others = (['keywords', 'policy', 'segments'] as const).map((kind): Edition => ({
    name: kind,
    kind,
    source: files[kind].source,
    compiled: () => files[kind].value,
    words: null,
  }));
  const owned = new Set(ready.map(({ id }) => id));
  const words = namespaces(files.words)
    .filter((name) => !owned.has(name))
    .map((name): Edition => ({
      name,
      kind: 'words',
      source: '',
      compiled: () => null,
      words: bundleOf(files.words, name),
    }));
  return [...flows, ...others, ...words];
}

const namespaces = (words: WordResources): string[] =>
  [...new Set(Object.values(words).flatMap((trees) => Object.keys(trees)))].sort();

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A namespace in every language. Its order is the files' own: another order is another bundle, and harms nobody. */
function bundleOf(words: WordResources, namespace: string): Bundle | null {
  const trees = Object.entries(words).flatMap(([locale, all]) =>
    namespace in all ? [[locale, all[namespace]] as const] : [],
  );
  if (trees.length === 0) return null;
  const json = JSON.stringify(Object.fromEntries(trees));
  return { hash: sha256(`${namespace}\n${json}`), json };
}

/** The new version's id, or null where nothing changed. */
async function publishOne(
  store: Store,
  edition: Edition,
  by: string,
  at: Date,
  session: ClientSession,
): Promise<string | null> {
  const { name, kind, source, compiled, words } = edition;
  const pointer = await store.flows.findOne({ _id: name }, { session });
  const hash = hashOf(edition);
  if (pointer?.hash === hash) return null;
  const version = (pointer?.version ?? 0) + 1;
  const _id = versionId(name, version);
  const wordsHash = words?.hash ?? null;
  await store.flowVersions.insertOne(
    {
      _id,
      kind,
      name,
      version,
      source,
      compiled: JSON.stringify(compiled(version)),
      hash,
      words: wordsHash,
      publishedBy: by,
      at,
    },
    { session },
  );
  if (words) {
    const born = { namespace: name, words: words.json, at };
    await store.wordBundles.updateOne({ _id: words.hash }, { $setOnInsert: born }, { session, upsert: true });
  }
  const moved = { kind, version, hash, words: wordsHash, publishedAt: at };
  await store.flows.updateOne({ _id: name }, { $set: moved }, { session, upsert: true });
  return _id;
}
