import { createServer, type Socket } from 'node:net';

/*
 * A small SMTP server, run as a process of its own (`smtp-process.ts`): what reaches it went over a wire, as bytes. Prints
 * its port, then each mail it took as a line of JSON. `gone@…` has no mailbox here; `full@…` has one without room.
 */

interface Letter {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came, dots unstuffed, in base64. */
  readonly raw: string;
}

const answers: readonly (readonly [RegExp, string])[] = [
  [/^EHLO/i, '250-relay\r\n250-8BITMIME\r\n250 SIZE 10000000\r\n'],
  [/^HELO/i, '250 relay\r\n'],
  [/^MAIL FROM:/i, '250 2.1.0 ok\r\n'],
  [/^RCPT TO:<gone@/i, '550 5.1.1 no such mailbox\r\n'],
  [/^RCPT TO:<full@/i, '452 4.2.2 the mailbox is full\r\n'],
  [/^RCPT TO:/i, '250 2.1.5 ok\r\n'],
  [/^DATA/i, '354 go\r\n'],
  [/^RSET|^NOOP/i, '250 ok\r\n'],
  [/^QUIT/i, '221 bye\r\n'],
];

const inside = (line: string): string => /<([^>]*)>/.exec(line)?.[1] ?? '';

function converse(socket: Socket, take: (letter: Letter) => void): void {
  let waiting = Buffer.alloc(0);
  let from = '';
  let to: string[] = [];
  let lines: Buffer[] | null = null;

  const end = (body: readonly Buffer[]): void => {
    take({ from, to, raw: Buffer.concat(body).toString('base64') });
    [from, to, lines] = ['', [], null];
    socket.write('250 2.0.0 taken\r\n');
  };
  const command = (line: string): void => {
    const answer = answers.find(([asked]) => asked.test(line))?.[1] ?? '502 what?\r\n';
    if (/^MAIL/i.test(line)) [from, to] = [inside(line), []];
    if (/^RCPT/i.test(line) && answer.startsWith('250')) to.push(inside(line));
    if (/^DATA/i.test(line)) lines = [];
    socket.write(answer);
    if (/^QUIT/i.test(line)) socket.end();
  };

  socket.on('error', () => undefined);
  socket.write('220 relay ESMTP\r\n');
  socket.on('data', (chunk) => {
    waiting = Buffer.concat([waiting, Buffer.from(chunk)]);
    for (let cut = waiting.indexOf('\r\n'); cut >= 0; cut = waiting.indexOf('\r\n')) {
      const line = waiting.subarray(0, cut + 2);
      waiting = waiting.subarray(cut + 2);
      if (lines === null) command(line.toString('latin1').trimEnd());
      else if (line.equals(Buffer.from('.\r\n'))) end(lines);
      else lines.push(line[0] === 46 ? line.subarray(1) : line);
    }
  });
}

const server = createServer((socket) =>
  converse(socket, (letter) => process.stdout.write(`${JSON.stringify(letter)}\n`)),
);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 })}\n`);
});
// Whoever started this has gone.
process.stdin.on('end', () => process.exit(0)).resume();
