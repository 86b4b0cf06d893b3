import type { Me } from '../api/shapes.ts';

export const pages = ['contacts', 'sequences', 'experiments', 'compliance', 'health'] as const;
export type Page = (typeof pages)[number];

/** Pages that only a manager opens (inbox.md §11). */
const managersOnly: ReadonlySet<Page> = new Set(['compliance']);

export const mayOpen = (page: Page, { coach }: Me): boolean =>
  coach.role === 'manager' || !managersOnly.has(page);
