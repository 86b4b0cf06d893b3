import type { Clock } from '../clock.ts';
import type { Store } from '../store/connect.ts';
import { note } from './note.ts';

/** What a coach does at the desk that moves no thread: drafts, presence, status, read marks. They would contend with sending. */
export interface DeskDoor {
  keepDraft(contactId: string, mode: 'reply' | 'note', text: string, coachId: string): Promise<void>;
  bePresent(coachId: string, contactId: string, mode: 'viewing' | 'typing' | 'away'): Promise<void>;
  /** The coach's window is open: what "on duty" means. */
  beat(coachId: string): Promise<void>;
  setStatus(coachId: string, status: 'available' | 'away' | 'off'): Promise<void>;
  markRead(coachId: string, contactId: string, seq: number): Promise<void>;
  /** Back to what was read before its newest item. */
  markUnread(coachId: string, contactId: string, seq: number): Promise<void>;
  /** Counts a promise made to an artist; the coach's next word by then keeps it. */
  promise(promise: {
    readonly id: string;
    readonly contactId: string;
    readonly coachId: string;
    readonly text: string;
    readonly dueAt: Date;
  }): Promise<void>;
  keepPromises(contactId: string): Promise<void>;
  note(
    who: string,
    did: string,
    contactId: string | null,
    detail?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
}

const presenceMs = 45_000;

export function createDesk(store: Store, clock: Clock): DeskDoor {
  const upsert = { upsert: true } as const;
  return {
    async keepDraft(contactId, mode, text, coachId) {
      const _id = `${contactId}:${mode}`;
      if (text === '') await store.drafts.deleteOne({ _id });
      else await store.drafts.updateOne({ _id }, { $set: { text, coachId, at: clock.now() } }, upsert);
    },

    async bePresent(coachId, contactId, mode) {
      const _id = `${coachId}:${contactId}`;
      if (mode === 'away') {
        await store.presence.deleteOne({ _id });
        return;
      }
      const until = new Date(Date.now() + presenceMs);
      await store.presence.updateOne(
        { _id },
        { $set: { coachId, contactId, mode: mode === 'viewing' ? 'looking' : mode, until } },
        upsert,
      );
    },

    async beat(coachId) {
      await store.coaches.updateOne({ _id: coachId }, { $set: { beatAt: clock.now() } });
    },

    async setStatus(coachId, status) {
      await store.coaches.updateOne(
        { _id: coachId },
        { $set: { status: status === 'off' ? 'closed' : status } },
      );
    },

    async markRead(coachId, contactId, seq) {
      await store.reads.updateOne({ _id: `${coachId}:${contactId}` }, { $max: { seq } }, upsert);
    },

    async markUnread(coachId, contactId, seq) {
      await store.reads.updateOne({ _id: `${coachId}:${contactId}` }, { $set: { seq: seq - 1 } }, upsert);
    },

    async promise({ id, ...promise }) {
      await store.promises.updateOne({ _id: id }, { $setOnInsert: { ...promise, keptAt: null } }, upsert);
    },

    async keepPromises(contactId) {
      await store.promises.updateMany({ contactId, keptAt: null }, { $set: { keptAt: clock.now() } });
    },

    async note(who, did, contactId, detail) {
      await note({ store, clock }, { who, did, contactId, detail });
    },
  };
}
