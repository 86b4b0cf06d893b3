import { idFrom } from '../core/id.ts';
import { channels } from '../core/vocabulary.ts';
import type { Store } from '../store/connect.ts';

/** Takes an import back: who came by it goes, unless somebody has spoken with them since; what it changed is as before. */
export async function undoImport(
  store: Store,
  importId: string,
): Promise<{ readonly removed: number; readonly restored: number; readonly kept: number }> {
  const found = await store.imports.findOne({ _id: importId });
  if (!found) throw new Error(`There is no import "${importId}".`);
  let restored = 0;
  const changed = new Set<string>();
  for await (const { contactId, before } of store.importRows.find({ importId })) {
    const { set, addresses } = before as { set: [string, unknown][]; addresses: string[] };
    changed.add(contactId ?? '');
    await store.contacts.updateOne(
      { _id: contactId ?? '', importId },
      { $set: { ...Object.fromEntries(set), importId: null } },
    );
    await store.addresses.deleteMany({ _id: { $in: addresses }, contactId: contactId ?? '' });
    restored += 1;
  }
  const { removed, kept } = await removeCreated(store, importId, changed);
  // A refusal stays: an undo makes nobody reachable who said no.
  const granted = [...changed].flatMap((contactId) =>
    channels.map((channel) => idFrom('import-consent', importId, contactId, channel)),
  );
  await store.consents.deleteMany({ _id: { $in: granted }, action: 'granted' });
  await store.imports.updateOne({ _id: importId }, { $set: { state: 'undone' } });
  return { removed, restored, kept };
}

async function removeCreated(
  store: Store,
  importId: string,
  changed: ReadonlySet<string>,
): Promise<{ removed: number; kept: number }> {
  let removed = 0;
  let kept = 0;
  let page: string[] = [];
  const flush = async (): Promise<void> => {
    const talked = await store.threads.find({ _id: { $in: page } }, { projection: { _id: 1 } }).toArray();
    const stays = new Set(talked.map(({ _id }) => _id));
    const gone = page.filter((id) => !stays.has(id));
    for (const collection of [store.addresses, store.consents, store.memberships, store.triggerStates])
      await (collection as unknown as { deleteMany(filter: object): Promise<unknown> }).deleteMany({
        contactId: { $in: gone },
      });
    await store.contacts.deleteMany({ _id: { $in: gone } });
    removed += gone.length;
    kept += stays.size;
    page = [];
  };
  for await (const { _id } of store.contacts.find({ importId }, { projection: { _id: 1 } })) {
    if (changed.has(_id)) continue;
    page.push(_id);
    if (page.length >= 1_000) await flush();
  }
  if (page.length > 0) await flush();
  return { removed, kept };
}
