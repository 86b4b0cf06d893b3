import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { flowSchema } from '../../../src/cli/flows-schema.ts';
import { flowJsonSchema } from '../../../src/core/flow/json-schema.ts';

const schema = z.fromJSONSchema(flowJsonSchema() as never);
const others = new Set(['keywords.yaml', 'policy.yaml', 'segments.yaml', 'samples.yaml']);
const flows = readdirSync('flows').filter((name) => name.endsWith('.yaml') && !others.has(name));
const read = (file: string): unknown => parse(readFileSync(file, 'utf8').split(/^---\n/mu)[0] ?? '');

describe('flows/flow.schema.json, which editors read', () => {
  test('is what the shapes say today; `mona flows schema > flows/flow.schema.json` writes it anew', () => {
    expect(readFileSync('flows/flow.schema.json', 'utf8')).toBe(flowSchema());
  });

  test.each(flows)('takes %s', (name) => {
    const { error } = schema.safeParse(read(`flows/${name}`));
    expect(error && z.prettifyError(error)).toBeUndefined();
  });

  test('marks a field that is not one', () => {
    expect(schema.safeParse(read('test/core/flow/broken/L01-unknown-field.yaml')).success).toBe(false);
  });
});
