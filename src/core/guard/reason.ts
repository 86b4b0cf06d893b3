/**
 * Why a message does not leave, or not yet. Codes are stable: coaches read their words under `guard.<reason>` in the
 * locales, and decisions keep them.
 */
export const guardReasons = [
  // never
  'suppressed',
  'provider_blocked',
  'no_consent',
  'unsubscribed',
  'goal_met',
  'exited',
  'condition_false',
  'superseded',
  'no_address',
  'no_sender',
  'sender_cannot_receive',
  'not_deliverable',
  'window_closed',
  'template_not_approved',
  'late',
  'expired',
  'claim_unbound',
  'missing_field',
  'words_missing',
  'render',
  // wait
  'dnd',
  'soft_stop',
  'sender_paused',
  'sequence_paused',
  'coach_took_over',
  'conversation_open',
  'promised_silence',
  'preempted',
  'kept_back',
  'frequency',
  'warming_up',
  'quiet_hours',
] as const;

export type GuardReason = (typeof guardReasons)[number];
