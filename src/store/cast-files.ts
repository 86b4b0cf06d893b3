import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { parsePersona, type Persona } from '../core/persona.ts';
import { samplesAt, type Samples } from '../core/samples.ts';

const read = (file: string): unknown => parse(readFileSync(file, 'utf8')) as unknown;

/** The sample facts of `flows/samples.yaml`, as of an instant. */
export const readSamples = (flowsDir: string, now: Date): Samples =>
  samplesAt(read(join(flowsDir, 'samples.yaml')), now);

/** The cast of `flows/personas/`, as of an instant. */
export function readPersonas(flowsDir: string, now: Date): readonly Persona[] {
  const { traits } = readSamples(flowsDir, now);
  const folder = join(flowsDir, 'personas');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => parsePersona(basename(file, '.yaml'), read(join(folder, file)), now, traits));
}
