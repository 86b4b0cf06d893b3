import type { Channel } from '../core/vocabulary.ts';
import { eraseContact, type Erasure } from '../pipeline/erase.ts';
import { closeTask, openTask } from '../pipeline/gdpr.ts';
import { note } from '../pipeline/note.ts';
import { objectToMarketing } from '../pipeline/object.ts';
import { readAudit, type AuditAsk, type AuditLine } from '../reports/audit.ts';
import { readBundle } from '../reports/bundle.ts';
import { countHeld, type HeldCount } from '../reports/held.ts';
import type { House } from './house.ts';

/** What a person may ask of us, for whoever answers them: the command line, and a manager's page. */
export interface Rights {
  /** All that is held on one person (GDPR 15, 20); the request is noted as answered. Null for nobody. */
  access(contactId: string, by: string): Promise<object | null>;
  /** What erasure would do, where; nothing is written. */
  heldOn(contactId: string): Promise<readonly HeldCount[]>;
  /** GDPR 17; 404 for nobody. */
  erase(contactId: string, by: string): Promise<Erasure>;
  /** GDPR 21, on every channel (null) or one. False where it is written down and not yet moved. */
  object(contactId: string, by: string, channel: Channel | null): Promise<boolean>;
  /** Newest first; coaches by their names. */
  audit(contactId: string, ask: AuditAsk): Promise<readonly AuditLine[]>;
}

export function createRights(house: House): Rights {
  const { store, clock, log, arrive, drain, carriers } = house;
  return {
    async access(contactId, by) {
      const bundle = await readBundle(store, contactId, clock.now());
      if (!bundle) return null;
      const task = await openTask(house, contactId, 'access');
      await note(house, { who: by, did: 'exported', contactId });
      await closeTask(house, task, by);
      return bundle;
    },
    heldOn: (contactId) => countHeld(store, contactId),
    erase: (contactId, by) =>
      eraseContact({ store, clock, log, redact: (sid) => carriers.twilio.redact(sid) }, contactId, by),
    async object(contactId, by, channel) {
      const moving = { store, clock, arrive, drain: (id: string) => drain.drain(id, { now: true }) };
      return (await objectToMarketing(moving, contactId, by, channel)).isMoved;
    },
    async audit(contactId, ask) {
      const [lines, coaches] = await Promise.all([
        readAudit(store, contactId, ask),
        store.coaches.find({}, { projection: { name: 1 } }).toArray(),
      ]);
      const names = new Map(coaches.map(({ _id, name }) => [_id, name]));
      return lines.map((line) => ({ ...line, who: names.get(line.who) ?? line.who }));
    },
  };
}
