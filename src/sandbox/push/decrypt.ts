import { createDecipheriv, createECDH, hkdfSync, type ECDH } from 'node:crypto';

/** What only the browser has: its private key and the secret it shared with whoever may push. */
export interface BrowserKeys {
  readonly privateKey: string;
  readonly auth: string;
}

export interface NewKeys extends BrowserKeys {
  readonly p256dh: string;
}

export function makeKeys(auth: Buffer): NewKeys {
  const pair = createECDH('prime256v1');
  const p256dh = pair.generateKeys('base64url');
  return { p256dh, privateKey: pair.getPrivateKey('base64url'), auth: auth.toString('base64url') };
}

const tagLength = 16;

/** Opens an `aes128gcm` message as a browser does (RFC 8291, RFC 8188); one record. Throws where it was not meant for these keys. */
export function decrypt(message: Buffer, keys: BrowserKeys): string {
  const salt = message.subarray(0, 16);
  const keyLength = message.readUInt8(20);
  const theirs = message.subarray(21, 21 + keyLength);
  const sealed = message.subarray(21 + keyLength);
  const own = createECDH('prime256v1');
  own.setPrivateKey(keys.privateKey, 'base64url');
  const input = inputKey(own, theirs, keys.auth);
  const derive = (info: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', input, salt, `${info}\0`, length));
  const decipher = createDecipheriv(
    'aes-128-gcm',
    derive('Content-Encoding: aes128gcm', 16),
    derive('Content-Encoding: nonce', 12),
  );
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
  const padded = Buffer.concat([
    decipher.update(sealed.subarray(0, sealed.length - tagLength)),
    decipher.final(),
  ]);
  return padded.subarray(0, padded.lastIndexOf(2)).toString('utf8');
}

/** RFC 8291 §3.4: the shared secret of both keys, bound to the browser's own secret. */
function inputKey(own: ECDH, theirs: Buffer, auth: string): Buffer {
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), own.getPublicKey(), theirs]);
  return Buffer.from(hkdfSync('sha256', own.computeSecret(theirs), Buffer.from(auth, 'base64url'), info, 32));
}
