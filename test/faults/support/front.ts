import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** The one address the carrier knows: connections go to the doors in turn, past those that are shut. */
export interface Front {
  readonly url: string;
  close(): Promise<void>;
}

export async function openFront(ports: readonly number[]): Promise<Front> {
  const open = new Set<Socket>();
  const keep = (socket: Socket): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  let turn = 0;

  const lead = (client: Socket, triesLeft: number): void => {
    turn += 1;
    const door = connect(ports[turn % ports.length] ?? 0, '127.0.0.1');
    keep(door);
    let isThrough = false;
    door.once('connect', () => {
      isThrough = true;
      client.pipe(door);
      door.pipe(client);
    });
    door.on('error', () => {
      if (!isThrough && triesLeft > 0) lead(client, triesLeft - 1);
      else client.destroy();
    });
    door.once('close', () => {
      if (isThrough) client.destroy();
    });
    client.once('close', () => door.destroy());
  };

  const server = createServer((client) => {
    keep(client);
    client.on('error', () => undefined);
    lead(client, ports.length - 1);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: () =>
      new Promise((closed) => {
        for (const socket of open) socket.destroy();
        server.close(() => {
          closed();
        });
      }),
  };
}
