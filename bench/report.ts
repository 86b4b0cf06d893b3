import type { FleetRow } from './fleet.ts';
import type { IdleRow } from './idle.ts';
import type { ImportResult } from './import.ts';
import type { InboundRow } from './inbound.ts';
import type { NudgeRow } from './nudges.ts';
import type { RateRow } from './rate.ts';

/** All that one run measured; a part that was not asked for is absent. */
export interface Results {
  readonly at: string;
  readonly commit: string;
  readonly cores: number;
  /** Of the machine when the run began: above the cores, others were at work too. */
  readonly loadAverage: number;
  readonly inbound?: readonly InboundRow[];
  readonly nudges?: readonly NudgeRow[];
  readonly idle?: IdleRow;
  readonly rate?: RateRow;
  readonly fleet?: readonly FleetRow[];
  readonly import?: ImportResult;
}

/** A target of the issue beside what was measured. Reported, never asserted. */
export interface Target {
  readonly what: string;
  readonly measured: number;
  readonly bound: number;
  readonly isMost: boolean;
  readonly isMet: boolean;
}

const targetOf = (what: string, measured: number, most: number | null, least = 0): Target => {
  const bound = most ?? least;
  return {
    what,
    measured,
    bound,
    isMost: most !== null,
    isMet: most === null ? measured >= least : measured <= most,
  };
};

function inboundTargets(rows: readonly InboundRow[]): Target[] {
  const find = (who: InboundRow['who'], load: string) =>
    rows.find((row) => row.who === who && row.load === load);
  const loads = [...new Set(rows.map(({ load }) => load))];
  return loads.flatMap((load) => {
    const [ours, limit] = [find('product', load), find('limit', load)];
    if (!ours || !limit) return [];
    if (load.endsWith('a second'))
      return [
        targetOf(`${load}: reply p50 ms`, ours.repliedMs.p50, 40),
        targetOf(`${load}: reply p99 ms`, ours.repliedMs.p99, 250),
      ];
    if (load === '1 in flight')
      return [
        targetOf(`${load}: time to the reply, × limit`, ours.repliedMs.p50 / limit.repliedMs.p50, 3),
        targetOf(`${load}: CPU a text, × limit`, ours.cpuMs / limit.cpuMs, 3),
      ];
    return [
      targetOf(`${load}: answered a second, × limit`, ours.perSecond / limit.perSecond, null, 1),
      targetOf(`${load}: CPU a text, × limit`, ours.cpuMs / limit.cpuMs, 1.25),
    ];
  });
}

function nudgeTargets(rows: readonly NudgeRow[]): Target[] {
  const [ours, agenda] = [
    rows.find(({ who }) => who === 'product'),
    rows.find(({ who }) => who !== 'product'),
  ];
  if (!ours || !agenda) return [];
  return [
    targetOf('nudges a second, × Agenda', ours.perSecond / agenda.perSecond, null, 8),
    targetOf('CPU a nudge, × Agenda', ours.cpuMs / agenda.cpuMs, 0.2),
  ];
}

function importTargets({ imports, crowds }: ImportResult): Target[] {
  const whole = imports.at(-1);
  const [few, many] = crowds;
  return [
    ...(whole
      ? [
          targetOf(`import of ${String(whole.rows)}: rows a second`, whole.perSecond, null, 10_000),
          targetOf(`import of ${String(whole.rows)}: memory at most, MB`, whole.peakMb, 300),
        ]
      : []),
    ...(few && many
      ? [
          targetOf(
            `webhook p99, × that at ${String(few.contacts)}`,
            many.acceptedP99Ms / few.acceptedP99Ms,
            1.2,
          ),
          targetOf(`CPU a text, × that at ${String(few.contacts)}`, many.cpuMs / few.cpuMs, 1.2),
        ]
      : []),
  ];
}

export function targetsOf(results: Results): Target[] {
  const { inbound, nudges, idle, rate, fleet } = results;
  return [
    ...(inbound ? inboundTargets(inbound) : []),
    ...(nudges ? nudgeTargets(nudges) : []),
    ...(idle
      ? [targetOf(`mongod idle, ${String(idle.runs)} runs waiting, cores`, idle.mongodCores, 0.02)]
      : []),
    ...(rate
      ? [
          targetOf(`${String(rate.mps)}/s: share of the rate used`, rate.share, null, 0.98),
          targetOf(`${String(rate.mps)}/s: most in a second`, rate.mostInASecond, rate.mps),
        ]
      : []),
    ...(fleet ?? []).map(({ who, rate: kept }) =>
      targetOf(`${who}, ${String(kept.mps)}/s: most in a second`, kept.mostInASecond, kept.mps),
    ),
    ...(results.import ? importTargets(results.import) : []),
  ];
}

const n = (value: number, places = 1): string => value.toFixed(places);

type Line = readonly string[];

function tableOf(head: Line, lines: readonly Line[]): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const draw = (line: Line): string =>
    line
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  return [draw(head), draw(widths.map((width) => '-'.repeat(width))), ...lines.map(draw)].join('\n');
}

const inboundTable = (rows: readonly InboundRow[]): string =>
  tableOf(
    [
      '(a) texts',
      'who',
      'answered/s',
      '200 p50',
      'p99 ms',
      'reply p50',
      'p99 ms',
      'CPU ms/text',
      'app',
      'mongod',
      'unanswered',
    ],
    rows.map((row) => [
      row.load,
      row.who,
      n(row.perSecond, 0),
      n(row.acceptedMs.p50),
      n(row.acceptedMs.p99),
      n(row.repliedMs.p50),
      n(row.repliedMs.p99),
      n(row.cpuMs, 2),
      n(row.cpuAppMs, 2),
      n(row.cpuMongodMs, 2),
      String(row.unanswered),
    ]),
  );

const nudgeTable = (rows: readonly NudgeRow[]): string =>
  tableOf(
    ['(b) nudges', 'who', 'nudges/s', 'took s', 'from due s', 'CPU ms/nudge', 'app', 'mongod'],
    rows.map((row) => [
      String(row.nudges),
      row.who,
      n(row.perSecond, 0),
      n(row.tookMs / 1000),
      n(row.fromDueMs / 1000),
      n(row.cpuMs, 2),
      n(row.cpuAppMs, 2),
      n(row.cpuMongodMs, 2),
    ]),
  );

const idleTable = (row: IdleRow): string =>
  tableOf(
    ['idle', 'for', 'mongod cores', 'product cores', 'mongod alone'],
    [
      [
        `${String(row.runs)} runs`,
        `${n(row.forMs / 1000, 0)} s`,
        n(row.mongodCores, 4),
        n(row.appCores, 4),
        n(row.mongodAloneCores, 4),
      ],
    ],
  );

const rateTable = (row: RateRow): string =>
  tableOf(
    ['rate', 'nudges', 'segments', 'seconds', 'share used', 'most in a second'],
    [
      [
        `${String(row.mps)}/s`,
        String(row.nudges),
        String(row.segments),
        n(row.seconds),
        n(row.share, 3),
        String(row.mostInASecond),
      ],
    ],
  );

const fleetTable = (rows: readonly FleetRow[]): string =>
  tableOf(
    ['fleet', 'rate', 'share used', 'most in a second', 'lifted: nudges/s'],
    rows.map(({ who, rate, perSecond }) => [
      who,
      `${String(rate.mps)}/s`,
      n(rate.share, 3),
      String(rate.mostInASecond),
      n(perSecond, 0),
    ]),
  );

const importTable = ({ imports }: ImportResult): string =>
  tableOf(
    ['import', 'file', 'seconds', 'rows/s', 'MB at most', 'CPU µs/row: app', 'mongod', 'first looks/s'],
    imports.map((row) => [
      `${String(row.rows)} rows`,
      `${n(row.fileMb, 0)} MB`,
      n(row.seconds),
      n(row.perSecond, 0),
      n(row.peakMb, 0),
      n(row.cpuAppUs, 0),
      n(row.cpuMongodUs, 0),
      row.firstLooksPerSecond === null ? '' : n(row.firstLooksPerSecond, 0),
    ]),
  );

const crowdTable = ({ crowds }: ImportResult): string =>
  tableOf(
    ['crowd', 'answered', '200 p99 ms', 'reply p99', 'CPU ms/text', 'unanswered'],
    crowds.map((row) => [
      `${String(row.contacts)} contacts`,
      String(row.answered),
      n(row.acceptedP99Ms),
      n(row.repliedP99Ms),
      n(row.cpuMs, 2),
      String(row.unanswered),
    ]),
  );

const targetTable = (targets: readonly Target[]): string =>
  tableOf(
    ['target', '', 'measured', 'bound'],
    targets.map(({ what, measured, bound, isMost, isMet }) => [
      what,
      isMet ? 'met' : 'MISSED',
      n(measured, 3),
      `${isMost ? '≤' : '≥'} ${String(bound)}`,
    ]),
  );

/** The run as a person reads it. */
export function reportOf(results: Results): string {
  const { inbound, nudges, idle, rate, fleet } = results;
  return [
    `${results.at}, ${results.commit}, ${String(results.cores)} cores, load average ${n(results.loadAverage)} at the start`,
    ...(inbound ? [inboundTable(inbound)] : []),
    ...(nudges ? [nudgeTable(nudges)] : []),
    ...(idle ? [idleTable(idle)] : []),
    ...(rate ? [rateTable(rate)] : []),
    ...(fleet ? [fleetTable(fleet)] : []),
    ...(results.import ? [importTable(results.import), crowdTable(results.import)] : []),
    targetTable(targetsOf(results)),
  ].join('\n\n');
}
