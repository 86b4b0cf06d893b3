import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits for whoever holds them; they are kept nowhere. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** What is kept of a secret, and what it is found by: who reads the database cannot use what stands there. */
export const hashOfSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');
