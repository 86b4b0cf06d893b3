import type { Channel, Locale } from '../vocabulary.ts';

/** What was asked, as far as understanding an answer needs it. */
export interface OpenQuestion {
  /** Own choices with the words that name them; `yes no help human` carry their intent. */
  readonly choices: readonly { readonly id: string; readonly words: readonly string[] }[];
  /** It offers help: "non j'y arrive pas" asks for it. */
  readonly offersHelp: boolean;
  /** A negative question: "si !" is a yes. */
  readonly isNegative: boolean;
  /** Name of the question's context (`mona classify`). */
  readonly name: string | null;
}

export interface UnderstandContext {
  /** Only breaks ties: French and English are always both read. */
  readonly locale: Locale;
  readonly channel: Channel;
  readonly question: OpenQuestion | null;
  /** ANNULER may concern an appointment. */
  readonly hasPendingAppointment: boolean;
}
