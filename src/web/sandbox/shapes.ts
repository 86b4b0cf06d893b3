export interface Phone {
  readonly key: string;
  readonly name: string;
  readonly channel: 'sms' | 'whatsapp';
  readonly address: string;
  readonly contactId: string;
  readonly locale: string;
}

export interface SandboxState {
  readonly clock: { readonly now: string; readonly aheadMs: number };
  readonly phones: readonly Phone[];
  readonly flows: readonly (
    | string
    | {
        readonly id: string;
        readonly event?: string | null;
        readonly properties?: Readonly<Record<string, unknown>> | null;
      }
  )[];
}

export interface PhoneMessage {
  readonly sid: string;
  /** As the carrier says it: `inbound` is what the phone sent. */
  readonly direction: string;
  readonly body: string;
  readonly buttons?: readonly { readonly id: string; readonly label: string }[];
  readonly status: string;
  readonly at: string;
  readonly repliedTo?: string | null;
  readonly media?: readonly { readonly url: string; readonly type: string }[] | null;
  readonly errorCode?: number | string | null;
}

export interface Mail {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly html?: string | null;
  readonly text?: string | null;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly at: string;
}

export interface Said {
  readonly text: string;
  readonly repliedTo?: string | null;
  readonly button?: { readonly payload: string; readonly text: string };
  readonly faults?: readonly string[];
}
