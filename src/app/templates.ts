import type { Templates } from '../channels/twilio/templates.ts';
import type { Library } from '../core/library.ts';
import { templatesOf } from '../core/templates.ts';

export interface TemplateState {
  readonly name: string;
  /** The carrier's word: `approved`, `pending`, `rejected` … or `unknown` where it has none of that name. */
  readonly status: string;
}

/** Submits every template the published words name; one the carrier knows already stays as it is. */
export async function pushTemplates({
  library,
  carriers,
}: {
  readonly library: Library;
  readonly carriers: { readonly twilio: { readonly templates: Templates } };
}): Promise<TemplateState[]> {
  const states: TemplateState[] = [];
  for (const template of templatesOf(library)) {
    const { status } = await carriers.twilio.templates.push(template);
    states.push({ name: template.name, status });
  }
  return states;
}

export async function readTemplates(library: Library, templates: Templates): Promise<TemplateState[]> {
  return Promise.all(
    templatesOf(library).map(async ({ name }) => ({
      name,
      status: (await templates.status(name))?.status ?? 'unknown',
    })),
  );
}
