import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { openBeside } from '../app/database.ts';
import { ConfigError, readProcessConfig, type Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import { createLog } from '../log.ts';
import { readFlowFiles } from '../store/flow-files.ts';
import { keywordEvidence } from '../store/keyword-evidence.ts';
import { contradictions, ownersOf } from './keyword-owners.ts';

export interface Diagnosis {
  readonly lines: readonly string[];
  readonly isHealthy: boolean;
}

type Check = readonly [name: string, run: () => Promise<string> | string];

const skewMs = 2_000;

/** Who answers the reserved words is declared; what the carrier sent proves it (conversation.md §2.2). */
async function keywords(config: Config): Promise<string> {
  const { keywords: words, flows: files } = readFlowFiles(config.flowsDir, config.localesDir);
  if (!words.value) throw new Error(`${words.file} cannot be read: run mona flows lint`);
  const opened = await openBeside(config, createLog('silent'));
  try {
    const wrong = contradictions(words.value, await keywordEvidence(opened.store));
    if (wrong.length > 0) throw new Error(wrong.join('; '));
  } finally {
    await opened.close();
  }
  const owners = ownersOf(
    words.value,
    files.flatMap(({ flow }) => flow ?? []),
  );
  return ['each has one owner', ...owners].join(`\n${' '.repeat(21)}`);
}

async function database(config: Config): Promise<string> {
  const opened = await openBeside(config, createLog('silent'));
  try {
    const missing = await opened.store.missingIndexes();
    if (missing.length > 0) throw new Error(`indexes missing: ${missing.join(', ')}`);
    const { localTime } = await opened.store.connection.getClient().db('admin').command({ hello: 1 });
    const offMs = Math.abs((localTime as Date).getTime() - Date.now());
    if (offMs > skewMs) throw new Error(`its clock is ${String(offMs)} ms away from ours: check NTP on both`);
    return `answers, indexes stand, clock within ${String(offMs)} ms`;
  } finally {
    await opened.close();
  }
}

function flows({ flowsDir, localesDir }: Config): string {
  const { mistakes, warnings, flows: files } = readFlowFiles(flowsDir, localesDir);
  const [first] = mistakes;
  if (first)
    throw new Error(
      `${String(mistakes.length)} mistakes, the first at ${first.file}:${String(first.line)}: run mona flows lint`,
    );
  return `${String(files.length)} files lint, ${String(warnings.length)} warnings`;
}

async function carrier({ twilio }: Config): Promise<string> {
  if (!twilio) return 'the sandbox carries messages (no TWILIO_ACCOUNT_SID)';
  const answer = await fetch(
    `${twilio.apiBaseUrl}/2010-04-01/Accounts/${twilio.accountSid}/Messages.json?PageSize=1`,
    {
      headers: {
        authorization: `Basic ${Buffer.from(`${twilio.accountSid}:${twilio.authToken}`).toString('base64')}`,
      },
      signal: AbortSignal.timeout(8_000),
    },
  );
  if (answer.status === 401) throw new Error('Twilio refuses TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN');
  if (!answer.ok) throw new Error(`Twilio answers ${String(answer.status)} at ${twilio.apiBaseUrl}`);
  return `Twilio accepts the account at ${twilio.apiBaseUrl}`;
}

function address({ publicUrl, twilio }: Config): string {
  if (twilio && !publicUrl?.startsWith('https:'))
    throw new Error('PUBLIC_URL must be the https address Twilio calls: signatures are computed on it');
  return publicUrl ?? 'a free port of localhost';
}

function mail({ email }: Config): string {
  if (!email.smtpUrl) return 'the sandbox mailbox takes mail (no SMTP_URL)';
  return email.dkim
    ? `we sign for ${email.dkim.domain}`
    : 'the relay signs: check that DKIM covers List-Unsubscribe and List-Unsubscribe-Post';
}

/** On the sandbox its own pages stand for the shop and the dashboard; real artists must be led to the real ones. */
function links({ flowsDir, twilio }: Config): string {
  const { links: named = {} } = parse(readFileSync(join(flowsDir, 'policy.yaml'), 'utf8')) as {
    links?: Record<string, string>;
  };
  const ours = Object.keys(named).filter((name) => named[name]?.startsWith('/sandbox/'));
  if (twilio && ours.length > 0)
    throw new Error(
      `${String(ours.length)} links of flows/policy.yaml lead to pages of the sandbox (${ours.slice(0, 3).join(', ')} …): write the real addresses there`,
    );
  return `${String(Object.keys(named).length)} links, ${String(ours.length)} to the sandbox's own pages`;
}

/** `mona doctor`: one line each; a line that begins with "fail" says what to do. */
export async function doctor(root: string): Promise<Diagnosis> {
  let config: Config;
  try {
    config = readProcessConfig(root);
  } catch (error) {
    if (error instanceof ConfigError)
      return { lines: error.lines.map((line) => `fail  configuration  ${line}`), isHealthy: false };
    throw error;
  }
  const checks: readonly Check[] = [
    ['configuration', () => 'every variable is well formed'],
    ['address', () => address(config)],
    ['flows', () => flows(config)],
    ['links', () => links(config)],
    ['database', () => database(config)],
    ['keywords', () => keywords(config)],
    ['carrier', () => carrier(config)],
    ['mail', () => mail(config)],
  ];
  const lines: string[] = [];
  let isHealthy = true;
  for (const [name, run] of checks) {
    try {
      lines.push(`ok    ${name.padEnd(14)} ${await run()}`);
    } catch (error) {
      isHealthy = false;
      lines.push(`fail  ${name.padEnd(14)} ${messageOf(error)}`);
    }
  }
  return { lines, isHealthy };
}
