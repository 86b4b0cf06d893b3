import { createApp, FlowsRefused, type App } from '../app.ts';
import { PortTaken } from '../app/listener.ts';
import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import { PublishRefused } from '../store/publish.ts';
import { printMistakes } from './flows-lint.ts';
import { CommandError } from './program.ts';

const refusedLine =
  'Nothing was started: a start publishes the flows, and these may not be. Put the lines above right, then start again.';

function announce(app: App, config: Config): void {
  const lines = [
    '',
    `  MONA x SPARK is ready (${config.role}).`,
    '',
    `  Inbox      ${app.url}/`,
    ...(config.sandbox
      ? [
          `  Sandbox    ${app.url}/sandbox`,
          app.demo
            ? `  Sign in    ${app.demo.email}   password  ${app.demo.password}`
            : '  Sign in    with an account of your own (another one: npx mona coach add EMAIL --role manager)',
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
    if (error instanceof PortTaken) throw new CommandError(error.message);
    if (error instanceof FlowsRefused || error instanceof PublishRefused)
      throw new CommandError(`${printMistakes(error.mistakes)}\n\n${refusedLine}`);
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
