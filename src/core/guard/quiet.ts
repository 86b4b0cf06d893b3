import { jittered, opening } from '../calendar.ts';
import { placeOfDraft, spreadKeyOf, wait } from './draft.ts';
import type { Rule } from './verdict.ts';

/** The hours, weekdays and holidays of the contact's place. Held messages are spread over the opening. */
export const quiet: Rule = (draft, facts, { now, zone }) => {
  const { policy } = facts;
  const open = opening(
    now,
    placeOfDraft(facts, zone),
    draft.class,
    draft.channel,
    policy,
    draft.guard.window,
  );
  if (open.at.getTime() === now.getTime()) return null;
  return wait('quiet', 'quiet_hours', jittered(open, draft.contactId, spreadKeyOf(draft, facts), policy));
};
