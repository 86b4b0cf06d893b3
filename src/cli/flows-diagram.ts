import { mermaidOf } from '../core/flow/mermaid.ts';
import { svgOf } from '../core/flow/svg.ts';
import { readFlowFiles } from '../store/flow-files.ts';
import { CommandError } from './program.ts';

export interface DiagramOptions {
  readonly flowsDir: string;
  readonly localesDir: string;
  readonly isSvg: boolean;
}

/** `mona flows diagram FLOW`: its timeline as a spine, its talks hanging from it. Throws CommandError where there is no such flow. */
export function diagramFlow(id: string, { flowsDir, localesDir, isSvg }: DiagramOptions): string {
  const { flows } = readFlowFiles(flowsDir, localesDir);
  const file = flows.find((one) => one.id === id);
  if (!file)
    throw new CommandError(
      `There is no flow "${id}". There are: ${flows.map((one) => one.id).join(', ')}.`,
      2,
    );
  if (!file.flow) throw new CommandError(`${file.file} cannot be read; run "mona flows lint".`);
  return isSvg ? svgOf(file.flow) : mermaidOf(file.flow);
}
