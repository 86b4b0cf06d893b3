import { ApiError, refusedBy } from './client.ts';
import { threadPath } from './queries.ts';
import type { SentFile } from './shapes.ts';

function read(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/**
 * Brings a file to a thread. `onProgress` hears the share that has left, 0 to 1, which `fetch` cannot tell.
 * Rejects with ApiError, and with an aborted one (`status` 0) when `signal` ends it.
 */
export function upload(
  threadId: string,
  file: File,
  { onProgress, signal }: { onProgress: (share: number) => void; signal: AbortSignal },
): Promise<SentFile> {
  const path = `${threadPath(threadId)}/files`;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.setRequestHeader('x-file-name', encodeURIComponent(file.name));
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onload = () => {
      const answer = read(request.responseText);
      if (request.status === 201) resolve(answer.file as SentFile);
      else reject(refusedBy(path, request.status, answer));
    };
    request.onerror = () => reject(new ApiError(0, { code: 'offline' }));
    request.onabort = () => reject(new ApiError(0, { code: 'aborted' }));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}
