import type { Flow } from './flow/definition.ts';
import type { SegmentBook } from './segment/book.ts';
import type { Locale, Register } from './vocabulary.ts';

/**
 * All published flows and words a decision may need, in memory. The store fills it; core only reads.
 * Runs pin `flow@version` and a word bundle; `common`, `keywords`, `policy` are always the newest.
 */
export interface Library {
  flow(id: string, version: number): Flow | null;
  /** The published version of each flow. */
  readonly published: readonly Flow[];
  /** Hash of the newest word bundle of a flow. */
  wordsOf(flow: string): string;
  words(bundle: string): Words;
  readonly keywords: Keywords;
  readonly policy: Policy;
  /** Segments as read from flows/segments.yaml; a library that publishes none has none. */
  readonly segmentBook?: SegmentBook;
}

/** Lookup of one word bundle; i18next underneath. Null where the key does not exist for that locale. */
export interface Words {
  /** Raw text, uninterpolated, register chosen by i18next's context. */
  raw(namespace: string, key: string, locale: Locale, register: Register): string | null;
  /** Structured words (buttons, choice words, variants). */
  tree(namespace: string, key: string, locale: Locale): unknown;
}

export type WordAction = 'opt-out' | 'opt-in' | 'help' | 'handoff' | 'legal-notice';

/** flows/keywords.yaml (conversation.md §2.2). */
export interface Keywords {
  readonly senders: Readonly<
    Record<
      string,
      {
        readonly optOut: 'advanced' | 'default' | 'none';
        readonly help: 'carrier' | 'us';
        readonly encoding?: 'gsm';
        readonly canReceive?: boolean;
        readonly optOutLine?: string;
      }
    >
  >;
  readonly words: Readonly<
    Record<
      'stop' | 'start' | 'help' | 'human' | 'contact',
      { readonly do: WordAction; readonly prompt: string | readonly string[] }
    >
  >;
}

/** flows/policy.yaml: every number of lifecycle.md that is a default. */
export interface Policy {
  /** Wall-clock windows by preset name. */
  readonly windows: Readonly<
    Record<
      string,
      {
        readonly days: readonly number[];
        readonly from: string;
        readonly to: string;
        readonly ceiling: { readonly from: string; readonly to: string };
        readonly holidays: 'none' | 'allowed';
        /** Hours of a step that names none. */ readonly step?: {
          readonly from: string;
          readonly to: string;
        };
        /** Zones to intersect where the contact's is not known. */ readonly unknownZones?: readonly string[];
      }
    >
  >;
  /** Preset for `<country or default>.<class>.<channel>`. */
  readonly presets: Readonly<Record<string, string>>;
  /** Wall time of a bare `J7`, by channel. */
  readonly stepTimes: Readonly<Record<string, string>>;
  readonly late: { readonly marketingMs: number; readonly serviceMs: number };
  readonly cap: {
    readonly byChannel: Readonly<
      Record<string, { readonly day: number | null; readonly week: number | null }>
    >;
    readonly together: {
      readonly day: number | null;
      readonly week: number | null;
      readonly apartMs: number;
      readonly channels: readonly string[];
    };
  };
  readonly guard: {
    /** A person who wrote to us on WhatsApp may be answered freely for so long. */
    readonly whatsappWindowMs: number;
    /** How far ahead a lower draft keeps a place for a higher run. */
    readonly lookAheadMs: number;
    /** Silence after the artist's last message, and after a coach let go, before we speak first again. */
    readonly afterInboundMs: number;
    readonly afterReleaseMs: number;
    /** A doubtful stop nobody decided on is a stop after so long. */
    readonly softStopMs: number;
    /** When to ask again what another run or a paused sender holds up. */
    readonly retryMs: number;
  };
  readonly predecessorMs: number;
  readonly jitterMaxS: number;
  readonly collect: { readonly silenceMs: number; readonly mostMs: number; readonly mediaMs: number };
  readonly handoff: {
    readonly vipMs: number;
    readonly highMs: number;
    readonly normalMs: number;
    readonly pushMs: number;
  };
  readonly vip: {
    readonly plan: number;
    readonly scoreUp: number;
    readonly scoreDown: number;
    readonly tag: string;
  };
  /** Targets of links, by key: `dashboard` → URL or path under PUBLIC_URL. */
  readonly links: Readonly<Record<string, string>>;
  /** Company name and legal notice fields. */
  readonly publisher: { readonly name: string; readonly notice: string };
}
