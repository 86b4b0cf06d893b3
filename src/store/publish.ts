import { createHash } from 'node:crypto';
import type { Flow } from '../core/flow/definition.ts';
import type { WordResources } from '../core/words.ts';
import type { Store } from './connect.ts';
import { readyFlows, type FlowFiles } from './flow-files.ts';
import type { FlowVersionDoc } from './flow-versions.ts';
import type { FlowDoc } from './flows.ts';

export interface Published {
  /** `nurturing@7`, of what changed. */
  readonly published: readonly string[];
}

/** One file as it would be published. */
interface Edition {
  readonly name: string;
  readonly file: string;
  readonly source: string;
  /** Null for a namespace of words alone, such as `common`. */
  readonly value: unknown;
  /** JSON text of its words by locale; null where it has none. */
  readonly words: string | null;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function wordsOf(resources: WordResources, name: string): string | null {
  const byLocale = Object.entries(resources).flatMap(([locale, namespaces]) => (name in namespaces ? [[locale, namespaces[name]] as const] : []));
  return byLocale.length > 0 ? JSON.stringify(Object.fromEntries(byLocale)) : null;
}

function editionsOf(files: FlowFiles): Edition[] {
  const flows = readyFlows(files).map(({ id, file, source, flow }) => ({ name: id, file, source, value: flow, words: wordsOf(files.words, id) }));
  const others = (['keywords', 'policy', 'segments'] as const).map((name) => ({ name, file: files[name].file, source: files[name].source, value: files[name].value, words: null }));
  const known = new Set(flows.map(({ name }) => name));
  const namespaces = new Set(Object.values(files.words).flatMap((words) => Object.keys(words)));
  const bare = [...namespaces].filter((name) => !known.has(name)).map((name) => ({ name, file: `${name}.yaml`, source: '', value: null, words: wordsOf(files.words, name) }));
  return [...flows, ...others, ...bare];
}

/**
 * Stores every file of `flows/` and `locales/` that changed as a new, immutable version and moves its pointer, all in one
 * transaction; unchanged files stay as they are (conversation.md §4). The caller has refused files with mistakes. Two
 * processes that publish the same files at once make one version: the loser finds nothing changed.
 */
export async function publish(store: Store, files: FlowFiles, by: string, at: Date): Promise<Published> {
  return store.transact(async (session) => {
    const pointers = new Map((await store.flows.find({}, { session }).toArray()).map((doc) => [doc._id, doc]));
    const current = await store.flowVersions
      .find({ _id: { $in: [...pointers.values()].map(({ _id, version }) => `${_id}@${String(version)}`) } }, { session, projection: { name: 1, hash: 1 } })
      .toArray();
    const hashes = new Map(current.map(({ name, hash }) => [name, hash]));
    const changed = editionsOf(files)
      .map((edition) => toVersion(edition, pointers.get(edition.name), by, at))
      .filter(({ doc }) => hashes.get(doc.name) !== doc.hash);
    if (changed.length === 0) return { published: [] };
    const bundles = changed.flatMap(({ words, doc }) => (words !== null && doc.words !== null ? [{ _id: doc.words, namespace: doc.name, words, at }] : []));
    if (bundles.length > 0)
      await store.wordBundles.bulkWrite(bundles.map(({ _id, ...bundle }) => ({ updateOne: { filter: { _id }, update: { $setOnInsert: bundle }, upsert: true } })), { session });
    await store.flowVersions.insertMany(changed.map(({ doc }) => doc), { session });
    await store.flows.bulkWrite(
      changed.map(({ doc: { name, version, words } }) => ({ updateOne: { filter: { _id: name }, update: { $set: { version, words, publishedAt: at } }, upsert: true } })),
      { session },
    );
    return { published: changed.map(({ doc }) => doc._id) };
  });
}

/** The hash covers the meaning, not the version: the same file again is no new version. */
function toVersion({ name, file, source, value, words }: Edition, pointer: FlowDoc | undefined, by: string, at: Date): { doc: FlowVersionDoc; words: string | null } {
  const version = (pointer?.version ?? 0) + 1;
  const wordsHash = words === null ? null : sha256(words);
  const doc: FlowVersionDoc = {
    _id: `${name}@${String(version)}`,
    file,
    name,
    version,
    source,
    compiled: JSON.stringify(isFlow(value) ? { ...value, version } : value),
    hash: sha256(JSON.stringify([value, wordsHash])),
    words: wordsHash,
    publishedBy: by,
    at,
  };
  return { doc, words };
}

const isFlow = (value: unknown): value is Flow => typeof value === 'object' && value !== null && 'nodes' in value && 'steps' in value;
