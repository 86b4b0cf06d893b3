import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * The eight weakening changes of reliability.md §10: each is one sentence of the protocol taken out. They are applied to a copy
 * of the tree, which is then run like the real one; a run that stays green proves nothing.
 */

export interface Mutant {
  readonly name: string;
  readonly edits: readonly { readonly file: string; readonly find: string; readonly put: string }[];
  /** The smallest run that has to go red. */
  readonly gate: 'simulation' | 'F1';
  /** The experiment that brings it out soonest. */
  readonly as?: string;
}

const call = 'src/pipeline/call.ts';

export const mutants: readonly Mutant[] = [
  {
    name: 'retry on time-out',
    gate: 'simulation',
    edits: [
      {
        file: call,
        find: 'if (deps.breaker.unknown(row.sender)) openBreaker(deps, row);',
        put: "await back(deps, claimed, 'timed_out', null, clock.now());",
      },
    ],
  },
  {
    name: 're-queue at lease end without a look',
    gate: 'simulation',
    edits: [
      {
        file: 'src/pipeline/sweep.ts',
        find: "({ status: 'unsure', reason: 'lease_over' } as const)",
        put: "({ status: 'queued', reason: 'lease_over' } as const)",
      },
    ],
  },
  {
    name: 'one look, no quiescence',
    gate: 'simulation',
    as: 'F12',
    edits: [{ file: 'src/pipeline/reconcile.ts', find: 'if (looks < 2) {', put: 'if (looks < 1) {' }],
  },
  {
    name: 'call without the deadline',
    gate: 'simulation',
    as: 'F4',
    edits: [
      {
        file: call,
        find: 'if (deps.monotonic() - beganMs > claimToWireMs) {',
        put: 'if (deps.monotonic() - beganMs > 1_000 * claimToWireMs) {',
      },
    ],
  },
  {
    name: 'limiter between claim and call',
    gate: 'simulation',
    as: 'F4',
    edits: [
      { file: call, find: 'const { row, beganMs } = claimed;', put: 'const { row } = claimed;' },
      {
        file: call,
        find: 'const leftS =',
        put: 'await paced.turn(row.sender, 1, () => Promise.resolve());\n  const beganMs = deps.monotonic();\n  const leftS =',
      },
    ],
  },
  {
    name: 'consent read without writing the thread',
    gate: 'simulation',
    edits: [
      {
        file: 'src/store/lease.ts',
        find: '{ $inc: { claims: 1 } },',
        put: '{ $inc: { claims: 0 } },',
      },
      {
        file: 'src/store/lease.ts',
        find: 'await store.threads.updateMany(\n    { _id: { $in: contactIds } },',
        put: "await store.threads.updateMany(\n    { _id: { $in: contactIds.map((id) => id + ' nobody') } },",
      },
    ],
  },
  {
    name: 'outcome without the token',
    gate: 'simulation',
    as: 'F4',
    edits: [
      {
        file: 'src/store/outcome.ts',
        find: "filter: { _id: one.row.id, status: 'sending' as const, token: one.token },",
        put: "filter: { _id: one.row.id, status: 'sending' as const },",
      },
    ],
  },
  {
    name: '200 before the write',
    gate: 'F1',
    edits: [
      {
        file: 'src/http/webhooks.ts',
        find: 'await doors.arrive(doors.parseInbound(formOf(request)));',
        put: 'void doors.arrive(doors.parseInbound(formOf(request))).catch(() => undefined);',
      },
    ],
  },
];

const copied = [
  'src',
  'test',
  'bench',
  'bin',
  'flows',
  'locales',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

/** A copy of the tree with the change in it; rejects where the sentence to be taken out is not there exactly once. */
export async function weaken(
  root: string,
  { edits }: Mutant,
): Promise<{ readonly folder: string; end(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'mona-mutant-'));
  const end = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    for (const name of copied) await cp(join(root, name), join(folder, name), { recursive: true });
    for (const name of ['node_modules', '.cache']) await symlink(join(root, name), join(folder, name));
    for (const { file, find, put } of edits) await edit(join(folder, file), find, put);
    return { folder, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function edit(file: string, find: string, put: string): Promise<void> {
  const code = await readFile(file, 'utf8');
  const [before, after, ...more] = code.split(find);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${file} does not say exactly once: ${find}`);
  await writeFile(file, before + put + after);
}
