import { Command } from 'commander';
import { ConfigError, readProcessConfig, type Config } from '../config.ts';
import { messageOf } from '../errors.ts';

/** A command ended badly and has said why: 1 is ours or the world's, 2 the caller's. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

function program(root: string): Command {
  const mona = new Command('mona')
    .description('MONA x SPARK: the two-way messaging engine')
    .showHelpAfterError();
  const config = (): Config => readProcessConfig(root);

  mona
    .command('start')
    .description('start everything: web, worker and, without Twilio credentials, the sandbox')
    .action(async () => {
      const { start } = await import('./start.ts');
      await start(config());
    });
  mona
    .command('worker')
    .description('start the worker alone (same as ROLE=worker mona start)')
    .action(async () => {
      const { start } = await import('./start.ts');
      await start({ ...config(), role: 'worker' });
    });
  addFlows(mona, root, config);
  mona
    .command('classify')
    .description(
      'say what messages mean: JSON lines {"id","text","locale"?,"channel"?,"context"?} in, {"id","intent","confidence","rule"} out',
    )
    .addHelpText('after', '\nExample:\n  echo \'{"id":"1","text":"plus de sms svp"}\' | mona classify')
    .action(async () => {
      const { classify } = await import('./classify.ts');
      if (process.stdin.isTTY) process.stderr.write('Type one JSON line a message; Ctrl-D ends.\n');
      await classify(process.stdin, process.stdout, {
        flowsDir: `${root}/flows`,
        localesDir: `${root}/locales`,
      });
    });
  addUnderstanding(mona, root);
  addTemplates(mona, config);
  addOffers(mona, config);
  addContacts(mona, config);
  addGdpr(mona, root, config);
  addCoach(mona, config);
  addKeys(mona, config);
  mona
    .command('doctor')
    .description('check the configuration, the database, the carrier, the flows and the clock, one line each')
    .action(async () => {
      const { doctor } = await import('./doctor.ts');
      const { lines, isHealthy } = await doctor(root);
      process.stdout.write(`${lines.join('\n')}\n`);
      if (!isHealthy) process.exitCode = 1;
    });
  return mona;
}

function addUnderstanding(mona: Command, root: string): void {
  mona
    .command('understanding')
    .description(
      'how well messages are understood: refusals heard, false stops, macro-F1, what was misread, messages a second',
    )
    .option('--train', 'first learn the weights of the classifier anew from test/core/intent (a minute)')
    .action(async ({ train }: { train?: true }) => {
      const folders = [`${root}/locales`, `${root}/test/core/intent`] as const;
      if (train) {
        const { learnUnderstanding } = await import('./understanding-learn.ts');
        process.stdout.write(`written: ${learnUnderstanding(...folders)}\n`);
      }
      const { understandingFigures } = await import('./understanding-figures.ts');
      process.stdout.write(understandingFigures(...folders));
    });
}

function addFlows(mona: Command, root: string, config: () => Config): void {
  const flows = mona.command('flows').description('check, publish and play the flow files');
  flows
    .command('lint')
    .argument('[path]', 'folder of the flow files, or one draft with its words after ---', `${root}/flows`)
    .description('check flow files: file, line and column of each mistake, and what to do')
    .action(async (path: string) => {
      const { lint } = await import('./flows-lint.ts');
      const { output, exitCode } = lint(path, `${root}/locales`);
      process.stdout.write(output.endsWith('\n') ? output : `${output}\n`);
      process.exitCode = exitCode;
    });
  flows
    .command('publish')
    .option(
      '--dry-run',
      'publish nothing; play the last 200 threads again and print each answer that would differ',
    )
    .description('store changed flow files as new versions')
    .action(async ({ dryRun }: { dryRun?: boolean }) => {
      const { publishFlows, tryPublish } = await import('./flows-publish.ts');
      process.stdout.write(`${await (dryRun ? tryPublish : publishFlows)(config())}\n`);
    });
  flows
    .command('diagram')
    .argument('<flow>', 'a flow, such as nurturing')
    .option('--svg', 'a picture of its own, instead of Mermaid')
    .description('draw a flow: its timeline as a spine, its talks hanging from it')
    .addHelpText('after', '\nExample:\n  mona flows diagram nurturing --svg > nurturing.svg')
    .action(async (flow: string, { svg }: { svg?: boolean }) => {
      const { diagramFlow } = await import('./flows-diagram.ts');
      const folders = { flowsDir: `${root}/flows`, localesDir: `${root}/locales` };
      process.stdout.write(diagramFlow(flow, { ...folders, isSvg: svg ?? false }));
    });
  flows
    .command('schema')
    .description(
      'print the JSON Schema of flow files, for editors: mona flows schema > flows/flow.schema.json',
    )
    .action(async () => {
      const { flowSchema } = await import('./flows-schema.ts');
      process.stdout.write(flowSchema());
    });
  flows
    .command('simulate')
    .argument('<flow>', 'a sequence, such as nurturing')
    .requiredOption('--as <persona>', 'one of flows/personas, such as lea')
    .option('--until <duration>', 'how long, as ISO 8601', 'P30D')
    .option('--json', 'one JSON line an entry')
    .description('run a sequence through its whole length in simulated time and print the transcript')
    .addHelpText('after', '\nExample:\n  mona flows simulate nurturing --as lea --until P30D')
    .action(async (flow: string, options: { as: string; until: string; json?: boolean }) => {
      const { simulateFlow } = await import('./flows-simulate.ts');
      const { output, exitCode } = await simulateFlow(flow, {
        persona: options.as,
        until: options.until,
        json: options.json ?? false,
        flowsDir: `${root}/flows`,
        localesDir: `${root}/locales`,
      });
      process.stdout.write(output.endsWith('\n') ? output : `${output}\n`);
      process.exitCode = exitCode;
    });
}

function addOffers(mona: Command, config: () => Config): void {
  mona
    .command('offers')
    .description('facts that messages lean on: seats, slots, prices, testimonials')
    .command('import')
    .argument('<file>', 'CSV: commas, semicolons or tabs, UTF-8 or as Excel writes it (docs/offers-csv.md)')
    .option('--dry-run', 'read and check everything, write nothing')
    .description('state facts; refused rows go to FILE.refused.csv, each with its line and reason')
    .addHelpText('after', '\nExample:\n  mona offers import docs/offers.sample.csv --dry-run')
    .action(async (file: string, flags: { dryRun?: boolean }) => {
      const { importOffersFile } = await import('./offers-import.ts');
      process.stdout.write(`${await importOffersFile(config(), file, flags.dryRun ?? false)}\n`);
    });
}

function addTemplates(mona: Command, config: () => Config): void {
  const templates = mona.command('templates').description('WhatsApp templates at the carrier');
  for (const [name, description] of [
    ['push', 'submit every template that the published words name, and say what became of each'],
    ['status', 'read the approval of each'],
  ] as const) {
    templates
      .command(name)
      .description(description)
      .action(async () => {
        const { templates: run } = await import('./templates.ts');
        process.stdout.write(`${await run(config(), name)}\n`);
      });
  }
}

function addContacts(mona: Command, config: () => Config): void {
  const contacts = mona.command('contacts').description('artists, in and out');
  contacts
    .command('import')
    .argument('<file>', 'CSV: commas, semicolons or tabs, UTF-8 or as Excel writes it')
    .option('--dry-run', 'say what would happen and write nothing')
    .option('--resume <id>', 'go on with an import that stopped')
    .option('--map <pairs...>', 'columns of other names: "Mail pro=email"')
    .description('read contacts; refused rows go to FILE.refused.csv, each with its line and reason')
    .addHelpText(
      'after',
      '\nExample:\n  mona contacts import artistes.csv --dry-run --map "Nom de scène=traits.stage"',
    )
    .action(async (file: string, flags: { dryRun?: boolean; resume?: string; map?: string[] }) => {
      const { importFile } = await import('./contacts-import.ts');
      process.stdout.write(`${await importFile(config(), file, flags)}\n`);
    });
  contacts
    .command('undo')
    .argument('<import>', 'as the import named itself')
    .description('take an import back')
    .action(async (id: string) => {
      const { undoFile } = await import('./contacts-import.ts');
      process.stdout.write(`${await undoFile(config(), id)}\n`);
    });
  contacts
    .command('export')
    .argument('[id]', 'one contact, as JSON; everyone, as CSV, unless given')
    .option('--out <file>', 'instead of printing it')
    .description('write contacts as a CSV that import reads back, or all that is held on one person')
    .action(async (id: string | undefined, { out }: { out?: string }) => {
      const { exportTo } = await import('./contacts-export.ts');
      await exportTo(config(), id, out);
    });
  addRights(contacts, config);
}

const whoArgument = ['<who>', 'an id, a number such as +33639980001, or a mail address'] as const;

function addRights(contacts: Command, config: () => Config): void {
  contacts
    .command('access')
    .argument(...whoArgument)
    .option('--out <file>', 'instead of printing it')
    .description('all that is held on one person, as JSON, and note the request as answered (GDPR 15, 20)')
    .action(async (who: string, { out }: { out?: string }) => {
      const { giveAccess } = await import('./contacts-rights.ts');
      process.stdout.write(`${await giveAccess(config(), who, out)}\n`);
    });
  contacts
    .command('erase')
    .argument(...whoArgument)
    .option('--dry-run', 'count what would go, and write nothing')
    .description('erase one person here and at the carrier; says what stays and why (GDPR 17)')
    .action(async (who: string, { dryRun }: { dryRun?: boolean }) => {
      const { erase } = await import('./contacts-rights.ts');
      process.stdout.write(`${await erase(config(), who, dryRun ?? false)}\n`);
    });
  contacts
    .command('object')
    .argument(...whoArgument)
    .option('--channel <channel>', 'sms, whatsapp, email or push; all of them unless given')
    .description('no marketing any more: the way a STOP takes (GDPR 21)')
    .action(async (who: string, { channel }: { channel?: string }) => {
      const { object } = await import('./contacts-rights.ts');
      process.stdout.write(`${await object(config(), who, channel)}\n`);
    });
  contacts
    .command('rectify')
    .argument(...whoArgument)
    .requiredOption('--set <pairs...>', 'firstName=Zoé phone=+33639980002')
    .description('put right what is wrong; the old values stay in the audit trail (GDPR 16)')
    .action(async (who: string, { set }: { set: string[] }) => {
      const { putRight } = await import('./contacts-rights.ts');
      process.stdout.write(`${await putRight(config(), who, set)}\n`);
    });
}

function addGdpr(mona: Command, root: string, config: () => Config): void {
  const gdpr = mona.command('gdpr').description('what the law gives a date to, and what it wants shown');
  gdpr
    .command('tasks')
    .description('requests that are open, the most urgent first')
    .action(async () => {
      const { tasks } = await import('./contacts-rights.ts');
      process.stdout.write(`${await tasks(config())}\n`);
    });
  gdpr
    .command('extend')
    .argument('<task>', 'as `mona gdpr tasks` names it')
    .requiredOption('--why <reason>', 'as the person is told')
    .description('two months more, once, with notice in the first month')
    .action(async (task: string, { why }: { why: string }) => {
      const { extend } = await import('./contacts-rights.ts');
      process.stdout.write(`${await extend(config(), task, why)}\n`);
    });
  gdpr
    .command('register')
    .option('--locale <locale>', 'fr or en', 'fr')
    .description('the register of processing, from what the code declares')
    .action(async ({ locale }: { locale: string }) => {
      const { register } = await import('./gdpr.ts');
      process.stdout.write(`${register(`${root}/locales`, locale)}\n`);
    });
  gdpr
    .command('retention')
    .option('--dry-run', 'count what is past its limit, and write nothing')
    .description('keep the limits now instead of tonight, and say what was done')
    .action(async ({ dryRun }: { dryRun?: boolean }) => {
      const { retention } = await import('./gdpr.ts');
      process.stdout.write(`${await retention(config(), dryRun ?? false)}\n`);
    });
  gdpr
    .command('audit')
    .argument(...whoArgument)
    .option('--json', 'one JSON line an entry')
    .description('who saw, took, sent and changed consent, and each refused send with its rule')
    .action(async (who: string, { json }: { json?: boolean }) => {
      const { audit } = await import('./gdpr.ts');
      process.stdout.write(`${await audit(config(), who, json ?? false)}\n`);
    });
  gdpr
    .command('report')
    .argument('<month>', 'such as 2026-11')
    .option('--locale <locale>', 'fr or en', 'fr')
    .option('--json', 'as JSON')
    .description('the compliance report of a month')
    .action(async (month: string, { locale, json }: { locale: string; json?: boolean }) => {
      const { report } = await import('./gdpr.ts');
      process.stdout.write(`${await report(config(), month, locale, json ?? false)}\n`);
    });
}

function addKeys(mona: Command, config: () => Config): void {
  const keys = mona.command('keys').description('keys of other programs for /v1/events, beside API_KEY');
  const print = (line: string): boolean => process.stdout.write(`${line}\n`);
  keys
    .command('add')
    .argument('<name>', 'who will hold it')
    .option('--scope <scope...>', 'track, identify; both unless given')
    .description('make a key; prints its secret, once')
    .action(async (name: string, { scope = [] }: { scope?: string[] }) => {
      const { addKey } = await import('./api-keys.ts');
      print(await addKey(config(), name, scope));
    });
  keys
    .command('list')
    .description('which there are, and when each was last used')
    .action(async () => {
      const { listKeys } = await import('./api-keys.ts');
      print(await listKeys(config()));
    });
  keys
    .command('revoke')
    .argument('<name>')
    .description('end a key, from its next request on')
    .action(async (name: string) => {
      const { revokeKey } = await import('./api-keys.ts');
      print(await revokeKey(config(), name));
    });
}

function addCoach(mona: Command, config: () => Config): void {
  const coach = mona.command('coach').description('people who answer');
  coach
    .command('forget-code')
    .argument('<email>')
    .description('let someone who lost their authenticator sign in without a code; ends their sessions')
    .action(async (email: string) => {
      const { forgetCode } = await import('./coach-add.ts');
      process.stdout.write(`${await forgetCode(config(), email)}\n`);
    });
  coach
    .command('add')
    .argument('<email>')
    .option('--name <name>', 'as artists read it; the part before the @ unless given')
    .option('--role <role>', 'coach or manager', 'coach')
    .description('add a coach or a manager; prints a first password, once')
    .action(async (email: string, options: { name?: string; role: string }) => {
      const { addCoach: add } = await import('./coach-add.ts');
      process.stdout.write(`${await add(config(), { email, ...options })}\n`);
    });
}

/** Runs one `mona` command, `start` where none is named. A mistake of the caller is one line, never a stack. */
export async function run(argv: readonly string[], root: string): Promise<void> {
  // No default command of commander's: it would give the default every word it does not know, and hide a slip of the pen.
  const named = argv.length > 2 ? argv : [...argv, 'start'];
  try {
    await program(root).parseAsync([...named]);
  } catch (error) {
    if (error instanceof ConfigError) process.stderr.write(`${error.lines.join('\n')}\n`);
    else if (error instanceof CommandError) process.stderr.write(`${error.message}\n`);
    else
      process.stderr.write(
        `mona: ${messageOf(error)}\n${error instanceof Error && error.stack ? `${error.stack}\n` : ''}`,
      );
    process.exit(error instanceof CommandError ? error.exitCode : 1);
  }
}
