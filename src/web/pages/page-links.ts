import type { Me } from '../api/shapes.ts';

export const pages = [
  'contacts',
  'sequences',
  'offers',
  'experiments',
  'compliance',
  'team',
  'health',
] as const;
export type Page = (typeof pages)[number];

/** Pages that only a manager opens (inbox.md §11). */
const managersOnly: ReadonlySet<Page> = new Set(['compliance', 'team']);

export const mayOpen = (page: Page, { coach }: Me): boolean =>
  coach.role === 'manager' || !managersOnly.has(page);
