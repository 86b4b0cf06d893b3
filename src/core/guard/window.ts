import { after, never } from './draft.ts';
import type { Draft, Facts, Rule } from './verdict.ts';

/** WhatsApp lets us write freely for a day after the person's last message there (the policy keeps a margin). */
export function isWindowOpen(
  { sender }: Pick<Draft, 'sender'>,
  { thread, policy }: Pick<Facts, 'thread' | 'policy'>,
  now: Date,
): boolean {
  const heardAt = thread.windows[`whatsapp:${sender}`] ?? thread.windows[sender];
  return Boolean(heardAt && now < after(heardAt, policy.guard.whatsappWindowMs));
}

/** Outside that day, only the words of an approved template reach a person. */
export const window: Rule = (draft, facts, { now }) => {
  if (draft.channel !== 'whatsapp' || isWindowOpen(draft, facts, now) || facts.hasTemplate) return null;
  return never('window', draft.body.template ? 'template_not_approved' : 'window_closed');
};
