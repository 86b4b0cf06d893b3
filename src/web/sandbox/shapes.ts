/** A way to reach one of the cast, mail included. */
export interface Address {
  readonly key: string;
  readonly name: string;
  readonly channel: 'sms' | 'whatsapp' | 'email';
  readonly address: string;
  readonly contactId: string;
  readonly userId: string | null;
  readonly locale: string;
}

export type Phone = Address & { readonly channel: 'sms' | 'whatsapp' };

export interface SandboxState {
  readonly clock: { readonly now: string; readonly aheadMs: number };
  readonly phones: readonly Address[];
  readonly flows: readonly {
    readonly id: string;
    readonly event: string | null;
    readonly properties?: Readonly<Record<string, unknown>> | null;
  }[];
}

export interface PhoneMessage {
  readonly sid: string;
  /** As the phone sees it: `out` is what its owner wrote. */
  readonly direction: 'in' | 'out';
  /** The carrier itself said it, not the product. */
  readonly byCarrier?: boolean;
  readonly text: string;
  readonly buttons?: readonly { readonly id: string; readonly title: string }[];
  readonly status: string;
  /** False for a message of ours that the phone never got. */
  readonly hasArrived: boolean;
  readonly at: string;
  readonly repliedTo?: string | null;
  readonly media?: readonly { readonly url: string; readonly type: string }[] | null;
  readonly errorCode?: number | null;
}

export interface MailHead {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly at: string;
  readonly hasOneClick: boolean;
}

export interface Mail extends Omit<MailHead, 'hasOneClick'> {
  readonly html: string | null;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What goes wrong with a message this phone sends. */
export interface InboundFaults {
  readonly duplicate?: boolean;
  readonly swap?: boolean;
  readonly lose?: boolean;
  readonly delayMs?: number;
}

export interface Said {
  readonly text: string;
  readonly repliedTo?: string;
  readonly button?: { readonly payload: string; readonly text: string };
  /** `data`: the bytes, in base64. */
  readonly media?: readonly { readonly type: string; readonly data: string }[];
  readonly faults?: InboundFaults;
}
