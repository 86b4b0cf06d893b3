import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, createVerify } from 'node:crypto';

/*
 * Two verifiers of a signed mail, neither of them the signer's: one from RFC 6376 with node:crypto over the raw bytes, and
 * Python's dkimpy where the machine has it.
 */

export interface Verified {
  readonly isValid: boolean;
  /** Names under the signature, in lower case. */
  readonly covered: readonly string[];
}

interface Field {
  readonly name: string;
  readonly raw: string;
}

function fieldsOf(head: string): Field[] {
  const lines = head.replace(/\r\n(?=[ \t])/g, '\u0000').split('\r\n');
  return lines.map((line) => {
    const raw = line.replaceAll('\u0000', '\r\n');
    return { name: raw.slice(0, raw.indexOf(':')).toLowerCase(), raw };
  });
}

/** RFC 6376 §3.4.2: names in lower case, lines unfolded, spaces single. */
function relaxed({ name, raw }: Field): string {
  const value = raw.slice(raw.indexOf(':') + 1);
  return `${name}:${value
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim()}`;
}

/** RFC 6376 §3.4.4. */
function relaxedBody(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''));
  while (lines.at(-1) === '') lines.pop();
  return lines.length === 0 ? '' : `${lines.join('\r\n')}\r\n`;
}

const tagsOf = (signature: string): Record<string, string> =>
  Object.fromEntries(
    signature
      .slice(signature.indexOf(':') + 1)
      .replace(/\s+/g, '')
      .split(';')
      .filter(Boolean)
      .map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)]),
  );

/** Verifies a `relaxed/relaxed` RSA signature over these bytes. */
export function verifyDkim(raw: Buffer, publicKeyPem: string): Verified {
  const text = raw.toString('latin1');
  const cut = text.indexOf('\r\n\r\n');
  const fields = fieldsOf(text.slice(0, cut));
  const signature = fields.find(({ name }) => name === 'dkim-signature');
  if (!signature) return { isValid: false, covered: [] };
  const tags = tagsOf(signature.raw);
  const covered = (tags['h'] ?? '').toLowerCase().split(':');
  const body = createHash('sha256')
    .update(Buffer.from(relaxedBody(text.slice(cut + 4)), 'latin1'))
    .digest('base64');
  // The lowest of a name first, each once (§5.4.2).
  const left = [...fields].reverse();
  const signed = covered.flatMap((name) => {
    const at = left.findIndex((field) => field.name === name);
    return at < 0 ? [] : left.splice(at, 1).map(relaxed);
  });
  const bare = { ...signature, raw: signature.raw.replace(/([;\s]b=)[^;]*/, '$1') };
  const verify = createVerify('RSA-SHA256');
  verify.update(Buffer.from([...signed, relaxed(bare)].join('\r\n'), 'latin1'));
  const isSigned = verify.verify(createPublicKey(publicKeyPem), tags['b'] ?? '', 'base64');
  return { isValid: isSigned && body === tags['bh'] && tags['c'] === 'relaxed/relaxed', covered };
}

const dkimpy = `
import sys, dkim
record = sys.argv[1].encode()
d = dkim.DKIM(sys.stdin.buffer.read())
print('pass' if d.verify(dnsfunc=lambda name, timeout=5: record) else 'fail')
print(':'.join(n.decode() if isinstance(n, bytes) else n for n in d.signed_headers and [h[0] for h in d.signed_headers]).lower())
`;

/** A Python with dkimpy, or null: \`pip install dkimpy\` brings it. */
export function findDkimpy(): string | null {
  for (const python of [process.env['DKIM_PYTHON'], 'python3'].filter((one) => one !== undefined)) {
    try {
      execFileSync(python, ['-c', 'import dkim'], { stdio: 'ignore' });
      return python;
    } catch {
      continue;
    }
  }
  return null;
}

/** What dkimpy says of these bytes, the key given as its DNS record. */
export function askDkimpy(python: string, raw: Buffer, publicKeyPem: string): Verified {
  const der = createPublicKey(publicKeyPem).export({ type: 'spki', format: 'der' }).toString('base64');
  const said = execFileSync(python, ['-c', dkimpy, `v=DKIM1; k=rsa; p=${der}`], { input: raw });
  const [verdict = '', covered = ''] = said.toString('utf8').trim().split('\n');
  return { isValid: verdict === 'pass', covered: covered.split(':') };
}
