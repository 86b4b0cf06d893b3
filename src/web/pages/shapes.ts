import type { Artist, Channel } from '../api/shapes.ts';

/* What the server answers for the pages beside the inbox: instants are ISO texts. */

export interface Count {
  readonly key: string;
  readonly count: number;
}

export interface Rate {
  readonly hits: number;
  readonly of: number;
  readonly rate: number | null;
  readonly low: number;
  readonly high: number;
  readonly target: number | null;
  readonly status: 'above' | 'below' | 'not_enough_data' | 'no_target';
}

export interface Tally {
  readonly sent: number;
  readonly delivered: number;
  readonly entered: number;
  readonly converted: number;
  readonly open: number;
  readonly unsubscribed: number;
}

export interface Cell {
  readonly key: string;
  readonly tally: Tally;
  readonly rates: {
    readonly open: Rate | null;
    readonly click: Rate;
    readonly reply: Rate;
    readonly unsubscribe: Rate;
    readonly conversion: Rate | null;
  };
}

export interface SequenceName {
  readonly id: string;
  readonly version: number;
  readonly steps: number;
  readonly isPaused: boolean;
  readonly open: number;
}

export interface SpineStep {
  readonly id: string;
  readonly at: { readonly afterMs: number } | { readonly day: number; readonly time: string };
  readonly channel: Channel;
  readonly fallback: readonly Channel[];
  readonly class: string;
  readonly isConditional: boolean;
  readonly claims: readonly string[];
  readonly cells: readonly (Cell & { readonly channel: string })[];
  readonly skipped: readonly Count[];
  readonly held: readonly Count[];
  readonly waiting: number;
  readonly question: {
    readonly node: string;
    readonly waiting: number;
    readonly answers: readonly Count[];
  } | null;
}

export interface Sequence {
  readonly id: string;
  readonly version: number;
  readonly publishedAt: string | null;
  readonly pausedAt: string | null;
  readonly goal: { readonly on: readonly string[]; readonly withinMs: number } | null;
  readonly targets: { readonly open: number; readonly click: number; readonly conversion: number } | null;
  readonly whole: Cell | null;
  readonly steps: readonly SpineStep[];
  readonly runs: {
    readonly open: number;
    readonly tail: number;
    readonly held: number;
    readonly versions: readonly Count[];
    readonly exits: readonly Count[];
  };
}

export interface Preview {
  readonly name: string;
  readonly channel: Channel;
  readonly subject: string | null;
  readonly text: string | null;
  readonly html: string | null;
  readonly buttons: readonly { readonly id: string; readonly label: string }[];
  readonly segments: number | null;
  readonly encoding: 'gsm' | 'ucs2' | null;
  readonly characters: number;
  readonly missing: { readonly why: string; readonly what: string } | null;
  readonly claims: readonly { readonly key: string; readonly state: 'live' | 'sample' | 'none' }[];
  readonly variants: readonly string[];
  readonly channels: readonly Channel[];
}

export interface PausePreview {
  readonly isPaused: boolean;
  readonly waiting: readonly Count[];
  readonly expired: number;
  readonly dueSoon: number;
  readonly open: number;
}

export interface ContactRow {
  readonly id: string;
  readonly name: string;
  readonly plan: number | null;
  readonly vip: boolean;
  readonly score: number | null;
  readonly tier: string;
  readonly country: string;
  readonly lastHumanAt: string | null;
  readonly segments: readonly string[];
  readonly flows: readonly string[];
  readonly ways: readonly {
    readonly channel: Channel;
    readonly marketing: 'granted' | 'withdrawn' | 'none';
  }[];
}

export interface Person {
  readonly artist: Artist;
  readonly segments: readonly { readonly key: string; readonly since: string | null }[];
  readonly runs: readonly {
    readonly id: string;
    readonly flow: string;
    readonly version: number;
    readonly enteredAt: string;
    readonly closedAt: string | null;
    readonly exitReason: string | null;
    readonly done: number;
  }[];
  readonly consents: readonly {
    readonly at: string;
    readonly channel: Channel;
    readonly purpose: string;
    readonly action: string;
    readonly source: string;
    readonly proof: string | null;
  }[];
  readonly decisions: readonly {
    readonly at: string;
    readonly flow: string | null;
    readonly step: string | null;
    readonly verdict: string;
    readonly rule: string;
    readonly reason: string | null;
  }[];
  readonly ledger: readonly { readonly at: string; readonly rule: string; readonly points: number }[];
}

interface ChannelCount extends Count {
  readonly channel: Channel;
}

export interface Compliance {
  readonly consents: readonly ChannelCount[];
  readonly sources: readonly ChannelCount[];
  readonly optOuts: readonly {
    readonly channel: Channel;
    readonly day: number;
    readonly week: number;
    readonly month: number;
  }[];
  readonly softStops: number;
  readonly suppressions: readonly ChannelCount[];
  readonly refused: readonly {
    readonly rule: string;
    readonly reason: string;
    readonly count: number;
    readonly lastAt: string;
  }[];
  readonly stale: readonly {
    readonly key: string;
    readonly kind: string;
    readonly asOf: string;
    readonly endsAt: string | null;
  }[];
  readonly tasks: readonly {
    readonly id: string;
    readonly contactId: string;
    readonly name: string;
    readonly kind: string;
    readonly at: string;
    readonly dueAt: string;
  }[];
  readonly register: readonly {
    readonly at: string;
    readonly contactId: string;
    readonly name: string;
    readonly channel: Channel;
    readonly action: string;
    readonly source: string;
  }[];
}

export interface Health {
  readonly at: string;
  readonly lines: readonly {
    readonly key: string;
    readonly state: 'good' | 'late' | 'bad';
    readonly values: Readonly<Record<string, string | number | null>>;
  }[];
  readonly senders: readonly {
    readonly key: string;
    readonly mps: number | null;
    readonly isPaused: boolean;
    readonly breakerUntil: string | null;
    readonly leasedUntil: string | null;
    readonly declared: { readonly stop: string; readonly help: string } | null;
    readonly seen: { readonly stop: string | null; readonly help: string | null; readonly at: string } | null;
  }[];
  readonly ticks: readonly {
    readonly name: string;
    readonly lastAt: string | null;
    readonly nextAt: string | null;
    readonly failure: string | null;
  }[];
  readonly coaches: { readonly all: number; readonly present: number };
  readonly upMs: number;
}

export interface Experiment {
  readonly key: string;
  readonly flow: string;
  readonly dimension: string;
  readonly control: string;
  readonly primary: 'open' | 'click' | 'reply' | 'conversion';
  readonly plannedN: number;
  readonly isPowered: boolean;
  readonly status: 'running' | 'closed' | 'promoted';
  readonly startedAt: string;
  readonly closedAt?: string | null;
  readonly winner?: string | null;
  readonly arms: readonly {
    readonly key: string;
    readonly weight: number;
    readonly hits: number;
    readonly of: number;
    readonly tally: Tally;
    readonly assigned: number;
    readonly exposed: number;
  }[];
  readonly readings: readonly {
    readonly key: string;
    readonly rate: number | null;
    readonly chance: number;
    readonly loss: number;
    readonly interval: { readonly low: number; readonly high: number };
    readonly adjustedP: number;
  }[];
  readonly ratio: { readonly p: number; readonly isMismatch: boolean };
  readonly isGuardrailBreached: boolean;
  readonly verdict: { readonly winner: string | null; readonly why: readonly string[] };
  readonly steps: readonly string[];
  readonly daysLeft: number | null;
  readonly after: {
    readonly holdbackUntil: string;
    readonly arms: readonly { readonly key: string; readonly hits: number; readonly of: number }[];
  } | null;
}

export interface Candidate {
  readonly key: string;
  readonly flow: string;
  readonly steps: readonly string[];
  readonly arms: readonly string[];
}

export interface Experiments {
  readonly experiments: readonly Experiment[];
  readonly candidates: readonly Candidate[];
}

export interface Preflight {
  readonly perArm: number;
  readonly days: number | null;
  readonly isPowered: boolean;
  readonly advice: readonly string[];
}

export interface Member {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: 'coach' | 'manager';
  readonly state: 'invited' | 'active' | 'left';
  readonly status: 'available' | 'away' | 'off';
  readonly hasSecondFactor: boolean;
  readonly since: string;
  readonly leftAt: string | null;
  readonly seenAgoMs: number | null;
  readonly held: number;
  readonly invitedUntil: string | null;
}

export interface Team {
  readonly members: readonly Member[];
  readonly trail: readonly {
    readonly at: string;
    readonly who: string;
    readonly did: string;
    readonly member: string | null;
    readonly detail: Readonly<Record<string, unknown>>;
  }[];
}

export interface Offer {
  readonly key: string;
  readonly kind: string;
  readonly value: unknown;
  readonly asOf: string;
  readonly maxAgeMs: number;
  readonly endsAt: string | null;
  readonly quotedAt: string | null;
  readonly staleAt: string | null;
  readonly isLive: boolean;
  readonly who: string | null;
  readonly leaning: readonly string[];
}

export interface Offers {
  readonly offers: readonly Offer[];
  readonly missing: readonly { readonly claim: string; readonly leaning: readonly string[] }[];
}

export interface Consequence {
  readonly flow: string;
  readonly step: string;
  readonly channel: Channel;
  readonly subject: string | null;
  readonly text: string | null;
  readonly without: { readonly subject: string | null; readonly text: string } | null;
  readonly skipped: string | null;
  readonly isCondition: boolean;
}

interface OfferState {
  readonly value: unknown;
}

export interface OfferPageData {
  readonly offer: Offer | null;
  readonly consequences: readonly Consequence[];
  readonly history: readonly {
    readonly at: string;
    readonly who: string;
    readonly before: OfferState | null;
    readonly after: OfferState | null;
  }[];
}
