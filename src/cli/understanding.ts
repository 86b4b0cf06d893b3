import { createUnderstand, type OpenQuestion, type Understand } from '../core/intent.ts';
import { questionsByContext } from '../core/question-context.ts';
import { readIntentLists } from '../store/intent-files.ts';
import { readLibrary, type Folders } from './rehearsal-files.ts';

export type { Folders };

/** What understands, and the questions a context may name, from the files on disk. */
export function loadUnderstanding(folders: Folders): {
  readonly understand: Understand;
  readonly questions: ReadonlyMap<string, OpenQuestion>;
} {
  return {
    understand: createUnderstand(readIntentLists(folders.localesDir)),
    questions: questionsByContext(readLibrary(folders)),
  };
}
