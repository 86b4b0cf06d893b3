import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import type { Duty } from '../core/decide.ts';
import { createUnderstand } from '../core/intent.ts';
import type { Library } from '../core/library.ts';
import { memoryLibrary } from '../core/memory-library.ts';
import { parsePersona, type Persona } from '../core/persona.ts';
import type { Cast } from '../core/rehearse.ts';
import { samplesAt } from '../core/samples.ts';
import { channels, type Channel } from '../core/vocabulary.ts';
import { dutyAt, firstHours, type TeamHours } from '../store/duty.ts';
import { readFlowFiles } from '../store/flow-files.ts';
import { readIntentLists } from '../store/intent-files.ts';
import { printMistakes } from './flows-lint.ts';

export interface Folders {
  readonly flowsDir: string;
  readonly localesDir: string;
}

/** Something in the folders cannot be read: file, line, column and what to do, a line each. */
export class FlowFileError extends Error {
  override name = 'FlowFileError';
}

/** The library as the files on disk say it, unpublished. */
export function readLibrary({ flowsDir, localesDir }: Folders): Library {
  const files = readFlowFiles(flowsDir, localesDir);
  const flows = files.flows.flatMap(({ flow }) => (flow ? [flow] : []));
  const { keywords, policy, words } = files;
  if (!keywords.value || !policy.value || flows.length < files.flows.length)
    throw new FlowFileError(printMistakes(files.mistakes));
  return memoryLibrary({ flows, words, keywords: keywords.value, policy: policy.value });
}

const read = (file: string): unknown => parse(readFileSync(file, 'utf8')) as unknown;

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
export function personasIn(flowsDir: string): readonly string[] {
  const folder = join(flowsDir, 'personas');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
}
