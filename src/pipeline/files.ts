import { randomBytes } from 'node:crypto';
import { Binary } from 'mongodb';
import type { Clock } from '../clock.ts';
import { endings, fileTypeOf, maySendType, type FileType } from '../core/file-type.ts';
import { mostFileBytes, type SentFile } from '../core/sent-file.ts';
import { notFound, tooLarge, unprocessable } from '../errors.ts';
import type { Store } from '../store/connect.ts';
import type { FileDoc } from '../store/files.ts';

export interface FileBytes {
  readonly name: string;
  readonly type: FileType;
  readonly bytes: Uint8Array;
}

/** Files that coaches send: kept here, read by the carrier at an address that nobody can guess and that ends. */
export interface FileDoor {
  /** Keeps a file for a thread. 413 over the limit, 422 for a kind that no carrier takes, by its content. */
  take(file: {
    readonly contactId: string;
    readonly coachId: string;
    readonly name: string;
    readonly bytes: Uint8Array;
  }): Promise<SentFile>;
  /** Takes back what was not sent. */
  drop(contactId: string, id: string): Promise<void>;
  /** Opens its address for as long as it is kept; 422 where it is kept no more, or not until then. */
  publish(contactId: string, id: string, neededUntil: Date): Promise<SentFile>;
  /** For a coach; 404 once it is erased. */
  read(id: string): Promise<FileBytes>;
  /** For whoever was given its address; null for one that is not ours, is not open, or has ended. */
  readPublic(key: string): Promise<FileBytes | null>;
}

const keptMs = 30 * 86_400_000;
const longestName = 80;

/** Its own name without what paths and headers are made of, and the ending of what it really is. */
function nameOf(given: string, type: FileType): string {
  const bare = given
    .normalize('NFC')
    .replace(/\.[^.]*$/u, '')
    .replace(/[^\p{L}\p{N} ._()-]+/gu, '_')
    .trim()
    .slice(0, longestName);
  return `${bare === '' ? 'file' : bare}.${endings[type]}`;
}

const bytesOf = ({ name, type, bytes }: FileDoc): FileBytes => ({ name, type, bytes: bytes.buffer });

export function createFiles({
  store,
  clock,
  publicUrl,
}: {
  readonly store: Store;
  readonly clock: Clock;
  readonly publicUrl: string;
}): FileDoor {
  const present = ({ _id, name, type, size, key }: Omit<FileDoc, 'bytes'>): SentFile => ({
    id: _id,
    name,
    type,
    size,
    url: `${publicUrl}/f/${key}`,
  });
  return {
    async take({ contactId, coachId, name, bytes }) {
      if (bytes.length > mostFileBytes)
        throw tooLarge('file_too_large', `A file has at most ${String(mostFileBytes)} bytes.`);
      const type = fileTypeOf(bytes);
      if (!maySendType(type))
        throw unprocessable('file_type_refused', 'Carriers take JPEG, PNG, PDF, MP3, M4A, OGG and AMR.');
      const thread = await store.threads.findOne({ _id: contactId }, { projection: { _id: 1 } });
      if (!thread) throw notFound('no_such_thread', 'There is no thread with this id.');
      const at = clock.now();
      const doc: FileDoc = {
        _id: randomBytes(12).toString('hex'),
        key: randomBytes(16).toString('base64url'),
        contactId,
        coachId,
        name: nameOf(name, type),
        type,
        size: bytes.length,
        bytes: new Binary(bytes),
        at,
        publicUntil: null,
        expiresAt: new Date(at.getTime() + keptMs),
      };
      await store.files.insertOne(doc);
      return present(doc);
    },

    async drop(contactId, id) {
      const row = await store.outbox.findOne({ contactId, 'body.file.id': id }, { projection: { _id: 1 } });
      if (!row) await store.files.deleteOne({ _id: id, contactId });
    },

    async publish(contactId, id, neededUntil) {
      const doc = await store.files.findOneAndUpdate(
        { _id: id, contactId, expiresAt: { $gte: neededUntil } },
        [{ $set: { publicUntil: '$expiresAt' } }],
        { projection: { bytes: 0 } },
      );
      if (!doc) throw unprocessable('file_gone', 'This file is kept no more: attach it again.');
      return present(doc);
    },

    async read(id) {
      const doc = await store.files.findOne({ _id: id });
      if (!doc) throw notFound('media_gone', 'This file is kept no more.');
      return bytesOf(doc);
    },

    async readPublic(key) {
      const doc = await store.files.findOne({ key, publicUntil: { $gt: clock.now() } });
      return doc ? bytesOf(doc) : null;
    },
  };
}
