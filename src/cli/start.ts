import { createApp, FlowsRefused, type App } from '../app.ts';
import { PortTaken } from '../app/listener.ts';
import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import { CommandError } from './program.ts';

function announce(app: App, config: Config): void {
  const lines = [
    '',
    `  MONA x SPARK is ready (${config.role}).`,
    '',
    `  Inbox      ${app.url}/`,
    ...(app.demo
      ? [
          `  Sandbox    ${app.url}/sandbox`,
          `  Sign in    ${app.demo.email}   password  ${app.demo.password}`,
          '',
          '  No Twilio credentials: texts go to the sandbox carrier, mail to the sandbox mailbox.',
        ]
      : [`  Webhooks   ${app.url}/webhooks/twilio/inbound  and  /webhooks/twilio/status`]),
    '  Ctrl-C stops.',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** `mona start`: resolves once the house is open; the first signal closes it in order, a second one at once. */
export async function start(config: Config): Promise<void> {
  const app = await createApp(config).catch((error: unknown) => {
    if (error instanceof PortTaken || error instanceof FlowsRefused) throw new CommandError(error.message);
    throw new CommandError(`The start failed: ${messageOf(error)}`);
  });
  announce(app, config);
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      process.stdout.write('\nClosing…\n');
      void app.stop().then(() => process.exit(0));
    });
  }
}
