import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLibrary } from '../../src/cli/rehearsal-files.ts';
import { templatesOf } from '../../src/core/templates.ts';

const root = join(import.meta.dirname, '../..');
const templates = templatesOf(
  readLibrary({ flowsDir: join(root, 'flows'), localesDir: join(root, 'locales') }),
);

test('every template the words name is asked for once in each language and register it is written in', () => {
  const written = [
    ...readFileSync(join(root, 'locales/fr/nurturing.yaml'), 'utf8').matchAll(/template: (\w+)/g),
  ].map(([, name]) => name);
  const names = templates.map(({ name }) => name);
  for (const name of written)
    expect(names).toEqual(
      expect.arrayContaining([`${String(name)}:fr:tu`, `${String(name)}:fr:vous`, `${String(name)}:en:tu`]),
    );
  expect(new Set(names).size).toBe(names.length);
});

test('places are numbered in the order they first stand, each with a sample, and buttons keep to their length', () => {
  const j1 = templates.find(({ name }) => name === 'mona_j1:fr:tu');
  expect(j1?.body).toBe(
    "Salut {{1}} ! 👋\nAs-tu pu te connecter à ton dashboard MONA ?\nSi tu galères, je t'aide en 2 min 😉\n{{2}} et toute l'équipe MONA",
  );
  expect(j1?.samples).toEqual({ 1: 'prenom', 2: 'coach.name' });
  for (const { body, samples, buttons } of templates) {
    expect([...body.matchAll(/\{\{(\d+)\}\}/g)].every(([, place]) => String(place) in samples)).toBe(true);
    expect(buttons.every(({ label }) => label.length <= 20)).toBe(true);
  }
});

test('the carrier takes none that begins or ends with a place, or puts two side by side', () => {
  for (const { name, body } of templates)
    expect([name, /^\{\{|\}\}$|\}\}\s*\{\{/.test(body)]).toEqual([name, false]);
});
