const name = '\\{\\{\\s*prenom\\s*\\}\\}';

/** What may stand before the words of a line and is none: guards, then emoji and signs. */
const head = '(?:\\{\\{\\s*(?:if|unless)\\.[^{}]*\\}\\})*[^\\p{L}\\n{}]*';

/** "{{prenom}}, on est …" at the head of a line: what follows begins the sentence. */
const leading = new RegExp(`^(${head})${name}[ \\t]*[,:][ \\t]*(\\p{L})?`, 'gmu');
/** "{{prenom}}," alone on its line. */
const alone = new RegExp(`^[^\\p{L}\\n{}]*${name}[ \\t]*[,!:]?[^\\p{L}\\n{}]*$\\n?`, 'gmu');
/** "je suis {{prenom}}, nouveau client": the name goes with its own comma. */
const inner = new RegExp(`${name}[ \\t]*,[ \\t]+(?=\\S)`, 'gu');
/** "Salut {{prenom}} !", "…, {{prenom}} ?": the name goes with what led to it. */
const trailing = new RegExp(`,?[ ]?${name}`, 'gu');

/** The form of a text for someone whose first name nobody told us: "Salut !", "On est à mi-chemin". */
export function nameless(text: string): string {
  return text
    .replace(alone, '')
    .replace(leading, (_, before: string, letter?: string) => before + (letter ?? '').toUpperCase())
    .replace(inner, '')
    .replace(trailing, '');
}
