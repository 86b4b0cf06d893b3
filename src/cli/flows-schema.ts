import { flowJsonSchema } from '../core/flow/json-schema.ts';

/** `mona flows schema`: what stands in flows/flow.schema.json. */
export const flowSchema = (): string => `${JSON.stringify(flowJsonSchema(), null, 2)}\n`;
