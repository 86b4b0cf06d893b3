import { jittered, opening } from '../calendar.ts';
import { placeOfDraft, spreadKeyOf, wait } from './draft.ts';
import type { Rule } from './verdict.ts';

/** The hours, weekdays and holidays of the contact's place. Held messages are spread over the opening. */
export const quiet: Rule = (draft, facts, { now, zone }) => {
  const { policy } = facts;
  const place = placeOfDraft(facts, zone);
  const { at } = opening(now, place, draft.class, draft.channel, policy, draft.guard.window);
  if (at.getTime() === now.getTime()) return null;
  const message = { channel: draft.channel, window: draft.guard.window ?? undefined };
  return wait(
    'quiet',
    'quiet_hours',
    jittered(at, spreadKeyOf(draft, facts), place, draft.class, message, policy),
  );
};
