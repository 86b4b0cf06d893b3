import type { Flow } from '../core/flow/definition.ts';
import type { Keywords, Library, Policy, Words } from '../core/library.ts';
import { createWords } from '../core/words.ts';
import type { Store } from './connect.ts';
import type { FlowVersionDoc } from './flow-versions.ts';

/** What is published, in memory. Versions and bundles never change, so what was read once is never read again. */
export interface LiveLibrary extends Library {
  /** Reads what was published since; cheap when nothing was. */
  refresh(): Promise<void>;
}

const noWords = createWords({});

/** Loads every version and bundle: runs pin old ones, and core cannot wait for a read. */
export async function loadLibrary(store: Store): Promise<LiveLibrary> {
  const versions = new Map<string, FlowVersionDoc>();
  const flows = new Map<string, Flow>();
  const bundles = new Map<string, Words>();
  let published: readonly Flow[] = [];
  let wordHashes = new Map<string, string>();
  let keywords: Keywords | null = null;
  let policy: Policy | null = null;

  async function refresh(): Promise<void> {
    const [pointers, newVersions, newBundles] = await Promise.all([
      store.flows.find().toArray(),
      store.flowVersions.find({ _id: { $nin: [...versions.keys()] } }).toArray(),
      store.wordBundles.find({ _id: { $nin: [...bundles.keys()] } }).toArray(),
    ]);
    for (const doc of newVersions) {
      versions.set(doc._id, doc);
      const value = JSON.parse(doc.compiled) as Flow | null;
      if (value !== null && typeof value === 'object' && 'nodes' in value) flows.set(doc._id, value);
    }
    for (const { _id, namespace, words } of newBundles) bundles.set(_id, createWords(byLocale(namespace, words)));
    const currentOf = (name: string): string => `${name}@${String(pointers.find(({ _id }) => _id === name)?.version ?? 0)}`;
    const valueOf = <T>(name: string): T | null => JSON.parse(versions.get(currentOf(name))?.compiled ?? 'null') as T | null;
    published = pointers.flatMap(({ _id }) => flows.get(currentOf(_id)) ?? []);
    wordHashes = new Map(pointers.flatMap(({ _id, words }) => (words === null ? [] : [[_id, words] as const])));
    keywords = valueOf<Keywords>('keywords') ?? keywords;
    policy = valueOf<Policy>('policy') ?? policy;
  }

  await refresh();
  const need = <T>(value: T | null, name: string): T => {
    if (value === null) throw new Error(`Nothing is published as ${name}: run mona flows publish.`);
    return value;
  };
  return {
    refresh,
    flow: (id, version) => flows.get(`${id}@${String(version)}`) ?? null,
    get published() {
      return published;
    },
    wordsOf: (flow) => wordHashes.get(flow) ?? '',
    words: (bundle) => bundles.get(bundle) ?? noWords,
    get keywords() {
      return need(keywords, 'keywords');
    },
    get policy() {
      return need(policy, 'policy');
    },
  };
}

const byLocale = (namespace: string, words: string) =>
  Object.fromEntries(Object.entries(JSON.parse(words) as Record<string, unknown>).map(([locale, tree]) => [locale, { [namespace]: tree }]));
