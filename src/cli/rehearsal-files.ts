import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import type { Duty } from '../core/decide.ts';
import { compileFlow, isCompiled } from '../core/flow/compile.ts';
import type { Flow } from '../core/flow/definition.ts';
import { createUnderstand } from '../core/intent.ts';
import type { Keywords, Library, Policy } from '../core/library.ts';
import { memoryLibrary } from '../core/memory-library.ts';
import { parsePersona, type Persona } from '../core/persona.ts';
import { parsePolicy } from '../core/policy.ts';
import type { Cast } from '../core/rehearse.ts';
import { samplesAt } from '../core/samples.ts';
import { channels, locales, type Channel, type Locale } from '../core/vocabulary.ts';
import { dutyAt, firstHours, type TeamHours } from '../store/duty.ts';
import { readIntentLists } from '../store/intent-files.ts';

export interface Folders {
  readonly flowsDir: string;
  readonly localesDir: string;
}

/** Files of the flows folder that are no flow. */
const others: ReadonlySet<string> = new Set(['keywords', 'policy', 'segments', 'samples']);

const read = (file: string): unknown => parse(readFileSync(file, 'utf8')) as unknown;

/** The library as the files on disk say it, unpublished. */
export function readLibrary({ flowsDir, localesDir }: Folders): Library {
  const policy = parsePolicy(read(join(flowsDir, 'policy.yaml')));
  return memoryLibrary({
    flows: namesIn(flowsDir)
      .filter((name) => !others.has(name))
      .map((name) => readFlow(flowsDir, name, policy)),
    words: Object.fromEntries(locales.map((locale) => [locale, readWords(localesDir, locale)])),
    keywords: read(join(flowsDir, 'keywords.yaml')) as Keywords,
    policy,
  });
}

const namesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();

/** A flow file that does not compile, with the place of each mistake. */
export class FlowFileError extends Error {
  override name = 'FlowFileError';
}

function readFlow(flowsDir: string, name: string, { stepTimes, late }: Policy): Flow {
  const file = join(flowsDir, `${name}.yaml`);
  const compiled = compileFlow(readFileSync(file, 'utf8'), file, 1, { stepTimes, late });
  if (isCompiled(compiled)) return compiled.flow;
  throw new FlowFileError(
    compiled.mistakes.map((one) => `${file}:${one.line}:${one.column} ${one.rule} ${one.message}`).join('\n'),
  );
}

function readWords(localesDir: string, locale: Locale): Readonly<Record<string, unknown>> {
  const folder = join(localesDir, locale);
  return Object.fromEntries(
    namesIn(folder)
      .filter((name) => name !== 'intents')
      .map((name) => [name, read(join(folder, `${name}.yaml`))]),
  );
}

export interface Setting extends Folders {
  readonly persona: string;
  readonly at: Date;
  /** Team hours, and who is there; by default Nina and Sam, from Monday to Friday, 9 to 19. */
  readonly hours?: TeamHours;
  readonly coaches?: Readonly<Record<string, string>>;
  /** Read once and shared by many rehearsals. */
  readonly library?: Library;
  readonly understand?: Cast['understand'];
}

const staff: Readonly<Record<string, string>> = { nina: 'Nina', sam: 'Sam' };

/** Everything a rehearsal of one of the cast needs, from the files on disk. */
export function readCast(setting: Setting): { readonly cast: Cast; readonly persona: Persona } {
  const samples = read(join(setting.flowsDir, 'samples.yaml'));
  const file = join(setting.flowsDir, 'personas', `${setting.persona}.yaml`);
  const persona = parsePersona(
    setting.persona,
    read(file),
    setting.at,
    samplesAt(samples, setting.at).traits,
  );
  const coachNames = setting.coaches ?? staff;
  const cast: Cast = {
    contact: persona.contact,
    addresses: persona.addresses,
    consents: persona.consents,
    senders: channels.map((channel) => ({
      key: senderOf[channel],
      channel,
      canReceive: channel !== 'push',
      isPaused: false,
    })),
    coachNames,
    offers: (now) => samplesAt(samples, now).offers,
    duty: (now) => dutyOf(setting.hours ?? firstHours, coachNames, now),
    library: setting.library ?? readLibrary(setting),
    understand: setting.understand ?? createUnderstand(readIntentLists(setting.localesDir)),
    publicUrl: 'http://localhost:3000',
  };
  return { cast, persona };
}

const senderOf: Readonly<Record<Channel, string>> = {
  sms: 'sms:+33639980100',
  whatsapp: 'whatsapp:+33639980101',
  email: 'email:bonjour@example.org',
  push: 'push',
};

function dutyOf(hours: TeamHours, coachNames: Readonly<Record<string, string>>, now: Date): Duty {
  const coaches = Object.entries(coachNames).map(([_id, name]) => ({
    _id,
    name,
    status: 'available' as const,
    beatAt: now,
    openThreads: 0,
  }));
  return dutyAt(hours, coaches, now);
}

/** The cast, by key. */
export const personasIn = (flowsDir: string): readonly string[] =>
  existsSync(join(flowsDir, 'personas')) ? namesIn(join(flowsDir, 'personas')) : [];
