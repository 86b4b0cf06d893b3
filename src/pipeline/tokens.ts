import { createHmac, timingSafeEqual } from 'node:crypto';

/** What an address in a mail stands for. */
export type MailToken =
  /** An answer button: this choice of the question that row asked. */
  | { readonly kind: 'answer'; readonly rowId: string; readonly contactId: string; readonly choice: string }
  /** Preferences and one-click unsubscribe of this contact; `flow` is the sequence the mail was part of. */
  | { readonly kind: 'unsubscribe'; readonly contactId: string; readonly flow: string | null }
  /** A browser of this contact may be told by push. */
  | { readonly kind: 'push'; readonly contactId: string };

/** Signed, opaque to its reader, valid as long as the secret; nothing is stored for a mail nobody answers. */
export interface Tokens {
  sign(token: MailToken): string;
  /** Null for a token that is not ours. */
  read(text: string): MailToken | null;
}

const marks: Readonly<Record<MailToken['kind'], string>> = { answer: 'a', unsubscribe: 'u', push: 'p' };

function partsOf(token: MailToken): string[] {
  if (token.kind === 'answer') return [marks.answer, token.rowId, token.contactId, token.choice];
  if (token.kind === 'push') return [marks.push, token.contactId];
  return [marks.unsubscribe, token.contactId, ...(token.flow === null ? [] : [token.flow])];
}

function tokenOf([mark, ...rest]: readonly string[]): MailToken | null {
  const [one, two, three] = rest;
  if (mark === marks.answer && one && two && three)
    return { kind: 'answer', rowId: one, contactId: two, choice: three };
  if (mark === marks.unsubscribe && one) return { kind: 'unsubscribe', contactId: one, flow: two ?? null };
  if (mark === marks.push && one) return { kind: 'push', contactId: one };
  return null;
}

export function createTokens(secret: string): Tokens {
  const key = createHmac('sha256', secret).update('mail-tokens').digest();
  const mac = (body: string): Buffer => createHmac('sha256', key).update(body).digest().subarray(0, 16);
  return {
    sign(token) {
      const body = Buffer.from(JSON.stringify(partsOf(token))).toString('base64url');
      return `${body}.${mac(body).toString('base64url')}`;
    },
    read(text) {
      const [body = '', given = ''] = text.split('.');
      const expected = mac(body);
      const signature = Buffer.from(given, 'base64url');
      if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return null;
      return tokenOf(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as string[]);
    },
  };
}
