import {
  keepPreviousData,
  QueryClient,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
  type InfiniteData,
  type UseQueryResult,
} from '@tanstack/react-query';
import { api, isApiError } from './client.ts';
import { keepOlder, lastSeq, mergeItems, replaceRow, type RowPage } from './merge.ts';
import { hearServerNow } from './server-clock.ts';
import type { Counts, Duty, HandBackPreview, Item, Me, Queue, Row, Thread, WhyDetail } from './shapes.ts';

export const keys = {
  me: ['me'] as const,
  duty: ['duty'] as const,
  counts: ['counts'] as const,
  rows: (queue: Queue) => ['rows', queue] as const,
  thread: (id: string) => ['thread', id] as const,
  handBack: (id: string, to: string | null) => ['handback', id, to] as const,
  why: (id: string) => ['why', id] as const,
};

/** The stream says what changed, so nothing is read again only because time passed. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: false,
        retry: (times, error) =>
          times < 2 && !(isApiError(error) && error.status >= 400 && error.status < 500),
      },
    },
  });
}

async function readMe(): Promise<Me | null> {
  try {
    return await api<Me>('GET', '/api/me');
  } catch (error) {
    if (isApiError(error, 401)) return null;
    throw error;
  }
}

export const useMe = (): UseQueryResult<Me | null> =>
  useQuery({ queryKey: keys.me, queryFn: readMe, staleTime: Infinity });

export const useDuty = (): UseQueryResult<Duty> =>
  useQuery({ queryKey: keys.duty, queryFn: () => api<Duty>('GET', '/api/duty') });

export const useCounts = (): UseQueryResult<Counts> =>
  useQuery({
    queryKey: keys.counts,
    queryFn: async () => {
      const { counts, now } = await api<{ counts: Counts; now?: string }>('GET', '/api/queues');
      if (now) hearServerNow(now);
      return counts;
    },
  });

export function useRows(queue: Queue) {
  return useInfiniteQuery({
    queryKey: keys.rows(queue),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      api<RowPage>(
        'GET',
        `/api/threads?queue=${queue}${pageParam ? `&after=${encodeURIComponent(pageParam)}` : ''}`,
      ),
    getNextPageParam: (page) => page.next,
  });
}

export const threadPath = (id: string): string => `/api/threads/${encodeURIComponent(id)}`;

/** Reads a thread. Whoever opens it has read it: its row says so at once. */
async function readThread(client: QueryClient, id: string): Promise<Thread> {
  const fresh = await api<Thread>('GET', threadPath(id));
  const row = { ...fresh.row, unread: false };
  putRow(client, row);
  return keepOlder({ ...fresh, row }, client.getQueryData(keys.thread(id)));
}

export function useThread(id: string | null): UseQueryResult<Thread> {
  const client = useQueryClient();
  return useQuery({
    queryKey: keys.thread(id ?? ''),
    enabled: id !== null,
    queryFn: () => readThread(client, id ?? ''),
  });
}

export const useHandBack = (id: string, to: string | null): UseQueryResult<HandBackPreview> =>
  useQuery({
    queryKey: keys.handBack(id, to),
    queryFn: () => api('GET', `${threadPath(id)}/handback${to ? `?to=${encodeURIComponent(to)}` : ''}`),
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
  });

export const useWhy = (id: string): UseQueryResult<WhyDetail> =>
  useQuery({ queryKey: keys.why(id), queryFn: () => api('GET', `/api/items/${encodeURIComponent(id)}/why`) });

/** Adds items to a thread already on the page, newest states winning. */
export function addItems(client: QueryClient, id: string, items: readonly Item[]): void {
  client.setQueryData<Thread>(
    keys.thread(id),
    (thread) => thread && { ...thread, items: mergeItems(thread.items, items) },
  );
}

export function dropItem(client: QueryClient, id: string, itemId: string): void {
  client.setQueryData<Thread>(
    keys.thread(id),
    (thread) => thread && { ...thread, items: thread.items.filter((item) => item.id !== itemId) },
  );
}

/** Reads what a thread on the page lacks, from just before `seq`: a status changes an item that is already there. */
export async function readItems(client: QueryClient, id: string, seq: number): Promise<void> {
  const thread = client.getQueryData<Thread>(keys.thread(id));
  if (!thread) return;
  const after = Math.min(lastSeq(thread.items), seq - 1);
  const { items } = await api<{ items: Item[] }>('GET', `${threadPath(id)}/items?after=${after}`);
  addItems(client, id, items);
}

export async function readOlder(client: QueryClient, id: string): Promise<void> {
  const first = client.getQueryData<Thread>(keys.thread(id))?.items[0]?.seq ?? 0;
  const { items } = await api<{ items: Item[] }>('GET', `${threadPath(id)}/items?before=${first}`);
  addItems(client, id, items);
}

type Rows = InfiniteData<RowPage, string | null>;

/** Shows a newer state of one row wherever that row is on the page. */
export function putRow(client: QueryClient, row: Row): void {
  client.setQueriesData<Rows>(
    { queryKey: ['rows'] },
    (rows) => rows && { ...rows, pages: [...replaceRow(rows.pages, row)] },
  );
  client.setQueryData<Thread>(keys.thread(row.id), (thread) => thread && { ...thread, row });
}

/** Asks the server for exactly what every thread on the page lacks, and reads lists and counts again. */
export async function synchronise(client: QueryClient, queue: Queue): Promise<void> {
  const threads = client
    .getQueriesData<Thread>({ queryKey: ['thread'] })
    .flatMap(([, thread]) => (thread ? [thread] : []));
  const seqs = Object.fromEntries(threads.map(({ row, items }) => [row.id, lastSeq(items)]));
  const lacking = await api<{ now?: string; threads?: Record<string, Item[]> }>('POST', '/api/sync', {
    threads: seqs,
    queue,
  });
  if (lacking.now) hearServerNow(lacking.now);
  for (const [id, items] of Object.entries(lacking.threads ?? {})) addItems(client, id, items);
  await Promise.all(
    [['rows'], ['counts'], ['thread']].map((queryKey) => client.invalidateQueries({ queryKey })),
  );
}
