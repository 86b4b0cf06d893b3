import type { Issue } from '../errors.ts';
import { channels } from './vocabulary.ts';

type Properties = Readonly<Record<string, unknown>>;
type Check = (properties: Properties) => readonly Issue[];

const scoreMost = 120;

const isChannel = (value: unknown): boolean => channels.some((channel) => channel === value);
const isFilled = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;

const wrong = (field: string, message: string): readonly Issue[] => [
  { path: `properties.${field}`, message },
];

/** A score we cannot keep would be a hole in the artist's history (lifecycle.md §12). */
function scoreIssues({ score }: Properties): readonly Issue[] {
  const isFine = typeof score === 'number' && score >= 0 && score <= scoreMost;
  return isFine ? [] : wrong('score', `must be a number from 0 to ${String(scoreMost)}`);
}

function planIssues({ plan }: Properties): readonly Issue[] {
  return typeof plan === 'number' && plan > 0 ? [] : wrong('plan', 'must be the plan in euros, such as 290');
}

const channelIssues = ({ channel }: Properties): readonly Issue[] =>
  isChannel(channel) ? [] : wrong('channel', `must be one of ${channels.join(', ')}`);

/** Nobody is written to on our word alone (compliance.md §2). */
const evidenceIssues = ({ evidence }: Properties): readonly Issue[] =>
  isFilled(evidence) ? [] : wrong('evidence', 'consent needs its evidence: form, wording, or the exact text');

const checks: Readonly<Record<string, Check>> = {
  'Mona Score Updated': scoreIssues,
  'Audit Completed': (properties) => (properties['score'] === undefined ? [] : scoreIssues(properties)),
  'Subscription Started': planIssues,
  'Consent Granted': (properties) => [...channelIssues(properties), ...evidenceIssues(properties)],
  'Consent Withdrawn': channelIssues,
};

/** What is wrong with the properties of an event that has a meaning (lifecycle.md §18); nothing for any other. */
export function issuesOfEvent(name: string, properties: Properties): readonly Issue[] {
  return Object.hasOwn(checks, name) ? (checks[name]?.(properties) ?? []) : [];
}

/** Texts as rules compare them: one spelling of each accent, however the sender's keyboard made it. */
export function normalised(value: unknown): unknown {
  if (typeof value === 'string') return value.normalize('NFC');
  if (Array.isArray(value)) return value.map(normalised);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.normalize('NFC'), normalised(inner)]),
  );
}
