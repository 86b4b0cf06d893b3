import { Router } from 'express';
import type { DeskDoor } from '../pipeline/desk.ts';
import type { Live, News } from '../reports/live.ts';
import { countQueues, readRow, type Desk } from '../reports/rows.ts';
import { coachOf } from './session.ts';

export interface StreamDoors {
  readonly live: Live;
  readonly reads: Desk;
  readonly desk: DeskDoor;
  readonly build: string;
  /** Called with the way to end each stream, and answers how to forget it: a deploy says `bye`. */
  readonly onOpen: (end: () => void) => () => void;
}

const pingMs = 15_000;
const countsMs = 1_000;

/** `GET /api/stream`: the server's own events for one window (inbox.md §5). */
export function stream({ live, reads, desk, build, onOpen }: StreamDoors): Router {
  const router = Router();
  router.get('/stream', (request, response) => {
    const coach = coachOf(response);
    response.status(200).set({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    let isOver = false;
    const send = (event: string, data: unknown, id?: string): void => {
      if (!isOver)
        response.write(`${id ? `id: ${id}\n` : ''}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    };

    let counting: NodeJS.Timeout | null = null;
    const count = (): void => {
      counting ??= setTimeout(() => {
        counting = null;
        void countQueues(reads, coach.id).then(
          (counts) => {
            send('counts', { counts });
          },
          () => undefined,
        );
      }, countsMs);
    };
    const hear = (news: News): void => {
      if (news.kind === 'lost') send('resync', {});
      else if (news.kind === 'clock') send('ping', { now: reads.now() });
      else if (news.kind === 'item') send('item', { thread: news.contactId, seq: news.seq }, news.token);
      else if (news.kind === 'presence')
        void readRow(reads, news.contactId, coach.id).then(
          (row) => {
            if (row) send('presence', { thread: row.id, viewers: row.viewers }, news.token);
          },
          () => undefined,
        );
      else {
        count();
        void readRow(reads, news.contactId, coach.id).then(
          (row) => {
            if (row) send('row', { row }, news.token);
          },
          () => undefined,
        );
      }
    };

    send('hello', { now: reads.now(), build });
    const last = request.headers['last-event-id'];
    const unlisten = live.listen(hear, typeof last === 'string' && last !== '' ? last : null);
    const beat = (): void => void desk.beat(coach.id).catch(() => undefined);
    beat();
    const ping = setInterval(() => {
      send('ping', { now: reads.now() });
      beat();
    }, pingMs);

    const end = (): void => {
      if (isOver) return;
      isOver = true;
      unlisten();
      clearInterval(ping);
      if (counting) clearTimeout(counting);
      forget();
      response.end();
    };
    const forget = onOpen(() => {
      send('bye', {});
      end();
    });
    request.on('close', end);
  });
  return router;
}
