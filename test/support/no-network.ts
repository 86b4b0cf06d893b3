import { Socket } from 'node:net';

const isLoopback = (host: string | undefined): boolean =>
  host === undefined || host === 'localhost' || host === '::1' || host.startsWith('127.');

// A test that reaches for the network is wrong, whatever it finds there: only loopback and local sockets are let through.
const connect = Socket.prototype.connect;
Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
  const first = Array.isArray(args[0]) ? (args[0] as unknown[])[0] : args[0];
  const host =
    typeof first === 'object' && first !== null
      ? (first as { host?: string }).host
      : typeof first === 'number' && typeof args[1] === 'string'
        ? args[1]
        : undefined;
  if (!isLoopback(host))
    throw new Error(`A test may not open a connection to ${String(host)}: only loopback is allowed.`);
  return Reflect.apply(connect, this, args) as Socket;
};
