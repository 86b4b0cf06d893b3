import { pino, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

/** "+33639980001" → "+33•••••0001"; "lea@example.org" → "l•••@example.org"; never the whole address. */
export function maskAddress(address: string): string {
  const at = address.indexOf('@');
  if (at > 0) return `${address.slice(0, 1)}•••${address.slice(at)}`;
  const bare = address.replace(/^whatsapp:/, '');
  return bare.length > 7 ? `${bare.slice(0, 3)}•••••${bare.slice(-4)}` : '•••';
}

/**
 * The log of the house. What people wrote, their names and addresses never reach it: fields that may hold them are
 * removed here, as a net under code that passes ids only (compliance.md §11).
 */
export function createLog(level: string, destination?: DestinationStream): Log {
  return pino(
    {
      level,
      base: { pid: process.pid },
      redact: {
        paths: [
          'text',
          'body',
          'raw',
          'address',
          'from',
          'to',
          'firstName',
          'email',
          'phone',
          'password',
          'token',
          'cookie',
          'authorization',
          '*.text',
          '*.body',
          '*.raw',
          '*.address',
          '*.from',
          '*.to',
          '*.firstName',
          '*.email',
          '*.phone',
          '*.password',
          '*.token',
        ],
        censor: '[gone]',
      },
    },
    destination,
  );
}

export const silentLog: Log = pino({ level: 'silent' });
