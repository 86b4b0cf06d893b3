/** The closed lists that every room shares. Words as in house.md, "Names". */

export const channels = ['sms', 'whatsapp', 'email', 'push'] as const;
export type Channel = (typeof channels)[number];

/** Which rules a message answers to (compliance.md §1). */
export const messageClasses = ['compliance', 'reply', 'service', 'marketing'] as const;
export type MessageClass = (typeof messageClasses)[number];

export const registers = ['tu', 'vous'] as const;
export type Register = (typeof registers)[number];

export const locales = ['fr', 'en'] as const;
export type Locale = (typeof locales)[number];

export type Priority = 'vip' | 'high' | 'normal';

/** An instant and the place it is read in. Core is told the time; it never asks. */
export interface Moment {
  readonly now: Date;
  /** IANA zone of the contact. */
  readonly zone: string;
}

export type Scalar = string | number | boolean | null;
