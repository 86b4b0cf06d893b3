import express, { Router, type Request, type Response } from 'express';
import { badRequest, notFound, tooLarge, unavailable, unprocessable, type HttpError } from '../errors.ts';
import { endings, fileTypeOf } from '../core/file-type.ts';
import { mostFileBytes } from '../core/sent-file.ts';
import type { DeskDoor } from '../pipeline/desk.ts';
import type { FileBytes, FileDoor } from '../pipeline/files.ts';
import { limitUploads } from './limits.ts';
import { coachOf } from './session.ts';

/** What an artist sent, as the carrier gave it: bytes, or why there are none. */
export type MediaAnswer =
  | { readonly is: 'here'; readonly bytes: Uint8Array }
  | { readonly is: 'gone' | 'refused' | 'too_large' | 'unavailable' };

export interface FilesDoors {
  readonly files: FileDoor;
  readonly desk: DeskDoor;
  /** The file at this place of an item; null where the item never had one. */
  readonly readMedia: (itemId: string, place: number) => Promise<MediaAnswer | null>;
}

/** Shown where it is; a PDF is a program's matter, so it is saved. */
const isShown = (type: string): boolean => !type.startsWith('application/');

/** Bytes that a stranger made: of the kind we found them to be, never run, never guessed at. */
function sendBytes(response: Response, { name, type, bytes }: FileBytes): void {
  const disposition = isShown(type) ? 'inline' : 'attachment';
  response
    .set({
      'content-type': type,
      'content-disposition': `${disposition}; filename*=UTF-8''${encodeURIComponent(name)}`,
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
      'referrer-policy': 'no-referrer',
    })
    .send(Buffer.from(bytes));
}

const refusals: Readonly<Record<Exclude<MediaAnswer['is'], 'here'>, () => HttpError>> = {
  gone: () => notFound('media_gone', 'The carrier has this file no more.'),
  refused: () =>
    unprocessable('media_refused', "This address is not the carrier's: nothing was asked there."),
  too_large: () => tooLarge('media_too_large', 'This file is larger than what is shown here.'),
  unavailable: () => unavailable('media_unavailable', 'The carrier did not give this file. Try again.'),
};

function fileNameOf(request: Request): string {
  try {
    return decodeURIComponent(request.get('x-file-name') ?? '');
  } catch {
    throw badRequest('malformed', 'x-file-name is not a percent-encoded name.');
  }
}

/** Files of a thread, both ways, for signed-in coaches: the browser never sees the carrier's address. */
export function files({ files: door, desk, readMedia }: FilesDoors): Router {
  const router = Router();

  router.post(
    '/threads/:id/files',
    limitUploads(),
    express.raw({ type: 'application/octet-stream', limit: mostFileBytes }),
    async (request: Request<{ id: string }>, response) => {
      const bytes: unknown = request.body;
      if (!Buffer.isBuffer(bytes) || bytes.length === 0)
        throw badRequest('file_missing', 'Send the bytes as application/octet-stream.');
      const coachId = coachOf(response).id;
      const contactId = request.params.id;
      const file = await door.take({ contactId, coachId, name: fileNameOf(request), bytes });
      await desk.note(coachId, 'attached', contactId, { file: file.id });
      response.status(201).json({ file });
    },
  );

  router.delete('/threads/:id/files/:file', async (request, response) => {
    await door.drop(request.params.id, request.params.file);
    response.status(204).end();
  });

  router.get('/files/:file', async (request, response) => {
    sendBytes(response, await door.read(request.params.file));
  });

  router.get('/items/:id/media/:place', async (request, response) => {
    const place = Number(request.params.place);
    const answer = Number.isInteger(place) ? await readMedia(request.params.id, place) : null;
    if (!answer) throw notFound('no_such_media', 'This message has no such file.');
    if (answer.is !== 'here') throw refusals[answer.is]();
    const type = fileTypeOf(answer.bytes);
    if (!type) throw unprocessable('media_type_refused', 'Files of this kind are not shown here.');
    sendBytes(response, { name: `${request.params.place}.${endings[type]}`, type, bytes: answer.bytes });
  });

  return router;
}

/** What was sent, for the carrier and for whoever got the link: an address nobody can guess, and that ends. */
export function publicFiles(door: Pick<FileDoor, 'readPublic'>): Router {
  const router = Router();
  router.get('/f/:key', async (request, response) => {
    const file = await door.readPublic(request.params.key);
    if (!file) throw notFound('no_such_file', 'There is no such file, or its time is over.');
    response.set('cache-control', 'private, no-store');
    sendBytes(response, file);
  });
  return router;
}
