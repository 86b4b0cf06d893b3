import type { Queue } from '../api/shapes.ts';

/** `g` then a letter goes to a queue (inbox.md §6). */
export const queueKeys: Readonly<Record<Queue, string>> = {
  todo: 'g a',
  mine: 'g m',
  vip: 'g v',
  promises: 'g p',
  snoozed: 'g s',
  check: 'g c',
  stuck: 'g b',
  sends: 'g f',
  all: 'g t',
};
