import type { Channel, Locale, Register } from './vocabulary.ts';

/** What is known of one person. On screen: an artist. */
export interface Contact {
  readonly id: string;
  readonly userId?: string | null;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly locale: Locale;
  readonly register?: Register | null;
  /** IANA zone, and how we know it. */
  readonly zone: string;
  readonly zoneSource: 'profile' | 'browser' | 'phone' | 'default';
  /** ISO 3166 alpha-2. */
  readonly country: string;
  readonly department?: string | null;
  /** Euros a month of the running plan: 290, 390, 490; null for a prospect or a former client. */
  readonly plan?: number | null;
  readonly planSince?: Date | null;
  readonly coachId?: string | null;
  readonly tags: readonly string[];
  readonly mona?: {
    readonly score: number;
    readonly start?: number;
    readonly level?: string;
    readonly percentile?: number | null;
    readonly at: Date;
    /** Crossed policy.vip.scoreUp, and has not fallen below scoreDown since. */ readonly isReady?: boolean;
    /** By level: whether it may still be crossed, and when it last was (trigger.ts). */
    readonly milestones?: Readonly<
      Record<number, { readonly armed: boolean; readonly firedAt: Date | null }>
    >;
  } | null;
  /** Behaviour, never printed in a text. */
  readonly points: number;
  /** `at`: the last positive entry; `idle`: full weeks of silence since, already counted (scoring.ts). */
  readonly heat: { readonly h: number; readonly at: Date; readonly idle?: number } | null;
  /** Local dates of the last login and reply that counted: once a day is enough to look. */
  readonly scoredOn?: Readonly<Partial<Record<'login' | 'replied', string>>>;
  readonly lastHumanAt?: Date | null;
  /** Anything else the product told us, by dotted path in texts: `traits.highlight` is printed as {{highlight}}. */
  readonly traits: Readonly<Record<string, unknown>>;
  /** Segments the contact is in now. */
  readonly segments: readonly string[];
  /** When segments and triggers are to be looked at next; null = nothing will change by itself. */
  readonly recheckAt?: Date | null;
  readonly erasedAt?: Date | null;
}

/** A way to reach one contact. `id` is `<channel>:<normal form>`. */
export interface Address {
  readonly id: string;
  readonly contactId: string;
  readonly channel: Channel;
  /** E.164, an e-mail address in lower case, or a WhatsApp business-scoped id such as `FR.1502576394655843`. */
  readonly value: string;
  readonly verifiedAt?: Date | null;
  readonly wrongPersonAt?: Date | null;
  /** The carrier refuses it (21610 …): kept apart from our own suppression. */
  readonly providerBlocked?: { readonly at: Date; readonly code: string } | null;
  readonly softFails: number;
}

export type Purpose = 'marketing' | 'open_tracking' | 'push';
export type ConsentAction = 'granted' | 'withdrawn' | 'objected';

/** One line of the append-only consent ledger (compliance.md §2); the last one of a channel and purpose counts. */
export interface ConsentRecord {
  readonly id: string;
  readonly contactId: string;
  readonly channel: Channel;
  readonly purpose: Purpose;
  readonly action: ConsentAction;
  readonly at: Date;
  readonly source:
    'form' | 'keyword' | 'sentence' | 'button' | 'import' | 'coach' | 'api' | 'carrier' | 'page';
  readonly wordingId?: string | null;
  readonly wordingHash?: string | null;
  readonly locale?: string | null;
  /** Inbound id and the exact text, form version, page: whatever proves it. */
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly actor: string;
}

/** The present state of consent: `sms:marketing` → the last action. Nothing said is not consent. */
export type ConsentState = Readonly<Record<string, ConsentAction>>;

export type SuppressionReason =
  'stop' | 'objection' | 'provider_21610' | 'invalid' | 'blocked' | 'complaint' | 'bounce' | 'erasure';

/** An address we may not write to; the address itself is kept only as a keyed hash. */
export interface Suppression {
  readonly channel: Channel;
  readonly reason: SuppressionReason;
  readonly at: Date;
}
