import { useCallback, useEffect, useRef, useState } from 'react';
import { api, isApiError } from '../api/client.ts';
import { threadPath } from '../api/queries.ts';
import type { SentFile } from '../api/shapes.ts';
import { upload } from '../api/upload.ts';
import { shrinkImage } from './shrink-image.ts';

/** As the server holds it (inbox.md §8). */
export const mostFileBytes = 5 * 1024 * 1024;

/** What the picker offers; the server looks at the content. */
export const acceptedFiles =
  'image/jpeg,image/png,application/pdf,audio/mpeg,audio/mp4,audio/ogg,audio/amr,.m4a,.mp3';

/** Why an attached file is not on the server; words under `file.problem`. */
export type FileProblem = 'too_large' | 'kind' | 'offline' | 'signed_out' | 'failed' | 'not_smaller';

export interface Attached {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  /** To look at before it is sent; null for what is no picture. */
  readonly preview: string | null;
  /** Share that has left, 0 to 1. */
  readonly progress: number;
  /** Once the server has it. */
  readonly file: SentFile | null;
  readonly problem: FileProblem | null;
}

export interface Attachment {
  readonly attached: Attached | null;
  readonly attach: (file: File) => void;
  readonly remove: () => void;
  readonly retry: () => void;
  /** For a picture over the limit. */
  readonly shrink: () => void;
  /** Hands the file over to a message that leaves; the composer is empty again. */
  readonly take: () => SentFile | null;
  /** Puts back what did not leave. */
  readonly restore: (file: SentFile) => void;
}

function problemOf(error: unknown): FileProblem {
  if (!isApiError(error)) return 'failed';
  if (error.status === 413) return 'too_large';
  if (error.status === 422) return 'kind';
  if (error.status === 401) return 'signed_out';
  return error.status === 0 ? 'offline' : 'failed';
}

const isPicture = ({ type }: { readonly type: string }): boolean => type.startsWith('image/');

const begun = (file: File): Attached => ({
  name: file.name,
  size: file.size,
  type: file.type,
  preview: isPicture(file) ? URL.createObjectURL(file) : null,
  progress: 0,
  file: null,
  problem: file.size > mostFileBytes ? 'too_large' : null,
});

const restored = (file: SentFile): Attached => ({
  name: file.name,
  size: file.size,
  type: file.type,
  preview: isPicture(file) ? `/api/files/${file.id}` : null,
  progress: 1,
  file,
  problem: null,
});

/** The one file beside the words of one thread: brought to the server at once, sent with the words, never carried elsewhere. */
export function useAttachment(threadId: string): Attachment {
  const [attached, setAttached] = useState<Attached | null>(null);
  const source = useRef<File | null>(null);
  const under = useRef<AbortController | null>(null);
  const change = useCallback(
    (next: Partial<Attached>) => setAttached((now) => now && { ...now, ...next }),
    [],
  );

  const bring = useCallback(
    async (file: File): Promise<void> => {
      const controller = new AbortController();
      under.current = controller;
      try {
        const kept = await upload(threadId, file, {
          signal: controller.signal,
          onProgress: (progress) => change({ progress }),
        });
        if (!controller.signal.aborted) change({ file: kept, progress: 1 });
      } catch (error) {
        if (!controller.signal.aborted) change({ problem: problemOf(error) });
      }
    },
    [threadId, change],
  );

  const put = useCallback((next: Attached | null): void => {
    under.current?.abort();
    setAttached((now) => {
      if (now?.preview?.startsWith('blob:')) URL.revokeObjectURL(now.preview);
      return next;
    });
  }, []);

  const attach = useCallback(
    (file: File): void => {
      const next = begun(file);
      put(next);
      source.current = file;
      if (next.problem === null) void bring(file);
    },
    [put, bring],
  );

  useEffect(() => () => put(null), [put]);

  const drop = ({ id }: SentFile): void =>
    void api('DELETE', `${threadPath(threadId)}/files/${id}`).catch(() => undefined);

  return {
    attached,
    attach,
    remove: () => {
      if (attached?.file) drop(attached.file);
      put(null);
    },
    retry: () => {
      if (source.current) attach(source.current);
    },
    shrink: () => {
      const file = source.current;
      if (!file) return;
      void shrinkImage(file, mostFileBytes).then((smaller) =>
        smaller ? attach(smaller) : change({ problem: 'not_smaller' }),
      );
    },
    take: () => {
      const file = attached?.file ?? null;
      put(null);
      return file;
    },
    restore: (file) => {
      source.current = null;
      put(restored(file));
    },
  };
}
