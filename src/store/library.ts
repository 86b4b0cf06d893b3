import type { Flow } from '../core/flow/definition.ts';
import type { Keywords, Library, Policy, Words } from '../core/library.ts';
import { readSegments, type SegmentBook } from '../core/segment/book.ts';
import { locales, type Locale } from '../core/vocabulary.ts';
import { createWords, type WordResources } from '../core/words.ts';
import type { Store } from './connect.ts';
import { versionId } from './flow-versions.ts';
import type { FlowDoc } from './flows.ts';

/** What is published, in memory: every version that ever was, so that a run finds the one it began on. */
export interface LiveLibrary extends Library {
  /** Takes over what was published since. Resolves to whether anything was. */
  refresh(): Promise<boolean>;
  /** Rules by segment, as written in flows/segments.yaml. */
  readonly segments: Readonly<Record<string, unknown>>;
}

type Trees = Readonly<Partial<Record<Locale, unknown>>>;

/** The newest of everything, looked up once a refresh. */
interface Newest {
  readonly pointers: ReadonlyMap<string, FlowDoc>;
  readonly published: readonly Flow[];
  readonly keywords: Keywords;
  readonly policy: Policy;
  readonly segments: Readonly<Record<string, unknown>>;
  readonly segmentBook: SegmentBook;
}

interface Shelf {
  newest: Newest | null;
  /** By version id. */
  readonly compiled: Map<string, unknown>;
  /** By hash. */
  readonly bundles: Map<string, { readonly namespace: string; readonly trees: Trees }>;
  /** Made on first use, thrown away when something newer is published: `common` is always the newest. */
  readonly words: Map<string, Words>;
}

/** Loads what is published. Throws when `keywords` or `policy` is not: publish first. */
export async function loadLibrary(store: Store): Promise<LiveLibrary> {
  const shelf: Shelf = { newest: null, compiled: new Map(), bundles: new Map(), words: new Map() };
  await refresh(store, shelf);
  const newest = (): Newest => {
    if (!shelf.newest) throw new Error('Nothing is published. Run "mona flows publish".');
    return shelf.newest;
  };
  newest();
  return {
    flow: (id, version) => (shelf.compiled.get(versionId(id, version)) as Flow | undefined) ?? null,
    get published() {
      return newest().published;
    },
    wordsOf: (flow) => newest().pointers.get(flow)?.words ?? '',
    words: (bundle) => wordsOf(shelf, newest(), bundle),
    get keywords() {
      return newest().keywords;
    },
    get policy() {
      return newest().policy;
    },
    get segmentBook() {
      return newest().segmentBook;
    },
    get segments() {
      return newest().segments;
    },
    refresh: () => refresh(store, shelf),
  };
}

async function refresh(store: Store, shelf: Shelf): Promise<boolean> {
  const pointers = await store.flows.find().toArray();
  const standing = shelf.newest?.pointers;
  const isKnown = ({ _id, hash }: FlowDoc): boolean => standing?.get(_id)?.hash === hash;
  if (pointers.every(isKnown) && pointers.length === (standing?.size ?? 0)) return false;
  const [versions, bundles] = await Promise.all([
    store.flowVersions
      .find({ _id: { $nin: [...shelf.compiled.keys()] } }, { projection: { compiled: 1 } })
      .toArray(),
    store.wordBundles.find({ _id: { $nin: [...shelf.bundles.keys()] } }).toArray(),
  ]);
  for (const { _id, compiled } of versions) shelf.compiled.set(_id, JSON.parse(compiled));
  for (const { _id, namespace, words } of bundles) {
    shelf.bundles.set(_id, { namespace, trees: JSON.parse(words) as Trees });
  }
  // The pointers last: nothing points to what is not here yet.
  shelf.newest = newestOf(shelf, pointers);
  shelf.words.clear();
  return true;
}

function newestOf({ compiled }: Shelf, pointers: readonly FlowDoc[]): Newest {
  const byName = new Map(pointers.map((pointer) => [pointer._id, pointer]));
  const need = (name: string): unknown => {
    const pointer = byName.get(name);
    const value = pointer && compiled.get(versionId(name, pointer.version));
    if (value === undefined || value === null)
      throw new Error(`"${name}" is not published. Run "mona flows publish".`);
    return value;
  };
  return {
    pointers: byName,
    published: pointers.flatMap(({ _id, kind }) => (kind === 'flow' ? [need(_id) as Flow] : [])),
    keywords: need('keywords') as Keywords,
    policy: need('policy') as Policy,
    segments: need('segments') as Newest['segments'],
    segmentBook: readSegments(need('segments') as Newest['segments']).book,
  };
}

/** The words of one bundle over the newest of every other namespace. */
function wordsOf(shelf: Shelf, { pointers }: Newest, hash: string): Words {
  const made = shelf.words.get(hash);
  if (made) return made;
  const newest = [...pointers.values()].flatMap(({ words }) => shelf.bundles.get(words ?? '') ?? []);
  const pinned = shelf.bundles.get(hash);
  const words = createWords(resourcesOf(pinned ? [...newest, pinned] : newest));
  shelf.words.set(hash, words);
  return words;
}

/** Later bundles of a namespace win. */
function resourcesOf(
  bundles: readonly { readonly namespace: string; readonly trees: Trees }[],
): WordResources {
  const entries = locales.map((locale) => {
    const trees = bundles.flatMap(({ namespace, trees: all }) =>
      all[locale] === undefined ? [] : [[namespace, all[locale]] as const],
    );
    return [locale, Object.fromEntries(trees)] as const;
  });
  return Object.fromEntries(entries) as WordResources;
}
