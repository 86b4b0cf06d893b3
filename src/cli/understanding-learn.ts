import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createRuled } from '../core/intent.ts';
import { readIntentLists, weightsFile } from '../store/intent-files.ts';
import { contextNamed, labelledFiles, readLabelled } from './understanding-figures.ts';
import { phraseFile } from './understanding-phrases.ts';
import { train, type Example } from './understanding-train.ts';

/** The lists were written with these at hand; the rounds were read blind first. */
const listed = ['everyday.jsonl', 'dev.jsonl'];
/** Lines of a question without a name are taught as one the classifier has not met. */
const nameless = 'any-question';

const examplesOf = (labelledDir: string): Example[] =>
  labelledFiles
    .filter(({ role }) => role.startsWith('tuned on'))
    .flatMap(({ file }) =>
      readLabelled(join(labelledDir, file)).map(({ text, context, expected, also }) => ({
        text,
        context: context === nameless ? 'question' : context,
        intent: expected,
        isListed: listed.includes(file),
        isOpen: also.length > 0,
      })),
    );

/** Learns the weights anew from the labelled files and `phrases.yaml`, and writes them beside the lists. */
export function learnUnderstanding(localesDir: string, labelledDir: string): string {
  const ruled = createRuled(readIntentLists(localesDir));
  const phrases = phraseFile.parse(parse(readFileSync(join(labelledDir, 'phrases.yaml'), 'utf8')));
  const weights = train(examplesOf(labelledDir), phrases, (text, context) =>
    ruled(text, contextNamed(context)),
  );
  const path = join(localesDir, weightsFile);
  writeFileSync(path, weights);
  return path;
}
