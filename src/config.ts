import { createECDH, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

/*
 * The only reader of the environment. Everything wrong is said at once, one line a variable: its name, what it got and
 * what it takes. Secrets nobody gave are made in DATA_DIR, never defaulted; in production they must be given.
 */

export interface TwilioConfig {
  readonly accountSid: string;
  readonly authToken: string;
  readonly previousToken: string | null;
  readonly apiBaseUrl: string;
  readonly messagingServiceSid: string | null;
  readonly smsFrom: string | null;
  readonly whatsappFrom: string | null;
}

export interface Config {
  readonly isProduction: boolean;
  readonly port: number;
  /** Null until the port is known when it was left to the system. */
  readonly publicUrl: string | null;
  readonly mongodbUri: string | null;
  readonly mongodBinary: string | null;
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly flowsDir: string;
  readonly localesDir: string;
  readonly webDir: string;
  readonly redisUrl: string | null;
  readonly role: 'all' | 'web' | 'worker';
  /** Null = the sandbox carrier. */
  readonly twilio: TwilioConfig | null;
  readonly mps: { readonly sms: number; readonly whatsapp: number; readonly email: number };
  readonly email: {
    /** Null = the sandbox mailbox. */
    readonly smtpUrl: string | null;
    readonly from: string;
    readonly replyTo: string;
    readonly webhookSecret: string;
    readonly dkim: { readonly domain: string; readonly selector: string; readonly privateKey: string } | null;
  };
  /** Web push. A new pair of keys ends every subscription there is. */
  readonly vapid: { readonly publicKey: string; readonly privateKey: string; readonly subject: string };
  readonly linkHosts: readonly string[];
  readonly secrets: { readonly session: string; readonly apiKey: string; readonly suppression: string };
  readonly defaults: { readonly country: string; readonly zone: string; readonly locale: 'fr' | 'en' };
  readonly logLevel: string;
  /** What stands for Twilio's account and the demo coach's password on the sandbox; null with Twilio's credentials. */
  readonly sandbox: { readonly authToken: string; readonly demoPassword: string } | null;
}

/** A start that must not happen: each line names a variable. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}

const url = (protocols: readonly string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });

const isZone = (zone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
};

const number = (least: number, most: number, what: string) =>
  z
    .string()
    .refine((text) => /^\d+(\.\d+)?$/.test(text) && Number(text) >= least && Number(text) <= most, {
      error: what,
    })
    .transform(Number);

const mps = number(0.01, 10_000, 'a number of messages a second, such as 10');
const e164 = (prefix: string) => new RegExp(`^${prefix}\\+[1-9]\\d{6,14}$`);

const schema = z.object({
  NODE_ENV: z.string().optional(),
  PORT: number(0, 65_535, 'a port from 0 to 65535 (0 picks a free one)').optional(),
  PUBLIC_URL: url(['http:', 'https:']).optional(),
  // The nodes of a replica set stand beside each other, which is no URL.
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\/[^\s/]+/, {
      error: 'an address that begins with mongodb:// or mongodb+srv://, one node or several',
    })
    .optional(),
  MONGOD_BINARY: z.string().refine(existsSync, { error: 'the path of a mongod that exists' }).optional(),
  DATA_DIR: z.string().optional(),
  REDIS_URL: url(['redis:', 'rediss:']).optional(),
  ROLE: z.enum(['all', 'web', 'worker'], { error: 'all, web or worker' }).optional(),
  TWILIO_ACCOUNT_SID: z
    .string()
    .regex(/^AC[0-9a-fA-F]{32}$/, { error: 'AC and 32 hexadecimal digits' })
    .optional(),
  TWILIO_AUTH_TOKEN: z.string().min(1).optional(),
  TWILIO_AUTH_TOKEN_PREVIOUS: z.string().optional(),
  TWILIO_MESSAGING_SERVICE_SID: z
    .string()
    .regex(/^MG[0-9a-fA-F]{32}$/, { error: 'MG and 32 hexadecimal digits' })
    .optional(),
  TWILIO_SMS_FROM: z
    .string()
    .regex(/^(\+[1-9]\d{6,14}|\d{3,8}|[A-Za-z0-9]{1,11})$/, {
      error: '+33…, a short code or a name of at most 11 letters',
    })
    .optional(),
  TWILIO_WHATSAPP_FROM: z.string().regex(e164('whatsapp:'), { error: 'whatsapp:+33…' }).optional(),
  TWILIO_API_BASE_URL: url(['http:', 'https:']).optional(),
  SMS_MPS: mps.optional(),
  WHATSAPP_MPS: mps.optional(),
  EMAIL_MPS: mps.optional(),
  SMTP_URL: url(['smtp:', 'smtps:']).optional(),
  EMAIL_FROM: z
    .string()
    .regex(/@/, { error: 'a mail address, such as MONA <bonjour@mona.example>' })
    .optional(),
  EMAIL_REPLY_TO: z.string().regex(/@/, { error: 'a mail address' }).optional(),
  EMAIL_WEBHOOK_SECRET: z.string().min(16, { error: 'at least 16 characters' }).optional(),
  DKIM_DOMAIN: z.string().optional(),
  DKIM_SELECTOR: z.string().optional(),
  DKIM_PRIVATE_KEY: z.string().optional(),
  LINK_HOSTS: z.string().optional(),
  VAPID_PUBLIC_KEY: z
    .string()
    .regex(/^[\w-]{87}=?$/, { error: 'a public key as web-push makes it: 87 characters of base64url' })
    .optional(),
  VAPID_PRIVATE_KEY: z
    .string()
    .regex(/^[\w-]{43}=?$/, { error: 'a private key as web-push makes it: 43 characters of base64url' })
    .optional(),
  VAPID_SUBJECT: z
    .string()
    .regex(/^(mailto:.+@.+|https:\/\/.+)$/, { error: 'mailto:you@example.org or https://…' })
    .optional(),
  SESSION_SECRET: z
    .string()
    .min(32, { error: 'at least 32 characters; make one with: openssl rand -hex 32' })
    .optional(),
  API_KEY: z
    .string()
    .min(24, { error: 'at least 24 characters; make one with: openssl rand -hex 24' })
    .optional(),
  SUPPRESSION_SECRET: z
    .string()
    .min(32, { error: 'at least 32 characters; make one with: openssl rand -hex 32' })
    .optional(),
  DEFAULT_COUNTRY: z
    .string()
    .regex(/^[A-Z]{2}$/, { error: 'two capital letters, such as FR' })
    .optional(),
  DEFAULT_TIMEZONE: z.string().refine(isZone, { error: 'an IANA zone, such as Europe/Paris' }).optional(),
  DEFAULT_LOCALE: z.enum(['fr', 'en'], { error: 'fr or en' }).optional(),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'fatal, error, warn, info, debug, trace or silent',
    })
    .optional(),
});

type Env = z.infer<typeof schema>;

/** Every variable of the contract, in its order; a test holds `.env.example` to this list. */
export const variables: readonly string[] = Object.keys(schema.shape).filter((name) => name !== 'NODE_ENV');

const secretNames = /TOKEN|SECRET|KEY|PASSWORD/;
/** What a variable got, as it may be shown: a secret never is, nor the credentials inside a URL. */
const shown = (name: string, value: unknown): string =>
  secretNames.test(name) || /\/\/[^/]*@/.test(String(value))
    ? `a value of ${String(value).length} characters`
    : JSON.stringify(value);

/** Empty is unset: `.env` files are full of `NAME=`. */
const given = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || value.trim() === '' ? [] : [[name, value.trim()] as const],
    ),
  );

function parse(env: Record<string, string>): Env {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return `${name}: got ${shown(name, env[name])}, takes ${issue.message}`;
    }),
  );
}

const together: readonly (readonly string[])[] = [
  ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'],
  ['DKIM_DOMAIN', 'DKIM_SELECTOR', 'DKIM_PRIVATE_KEY'],
  ['VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY'],
];

function checkTogether(env: Env): string[] {
  const lines: string[] = [];
  const has = (name: string): boolean => env[name as keyof Env] !== undefined;
  for (const names of together) {
    const missing = names.filter((name) => !has(name));
    if (missing.length > 0 && missing.length < names.length)
      lines.push(`${missing.join(', ')}: unset, needed beside ${names.filter(has).join(', ')}`);
  }
  if (
    has('TWILIO_ACCOUNT_SID') &&
    !has('TWILIO_SMS_FROM') &&
    !has('TWILIO_MESSAGING_SERVICE_SID') &&
    !has('TWILIO_WHATSAPP_FROM')
  )
    lines.push(
      'TWILIO_SMS_FROM: unset, takes a sender; set it, TWILIO_MESSAGING_SERVICE_SID or TWILIO_WHATSAPP_FROM beside TWILIO_ACCOUNT_SID',
    );
  if (has('SMTP_URL') && !has('EMAIL_FROM')) lines.push('EMAIL_FROM: unset, needed beside SMTP_URL');
  if (env.NODE_ENV === 'production') {
    for (const name of ['SESSION_SECRET', 'API_KEY', 'SUPPRESSION_SECRET'])
      if (!has(name))
        lines.push(`${name}: unset, required when NODE_ENV=production; make one with: openssl rand -hex 32`);
  }
  return lines;
}

const randomSecret = (): string => randomBytes(32).toString('hex');

/** Reads a secret made by an earlier start, or makes and keeps it, readable by its owner alone. */
function keptSecret(dataDir: string, name: string, make = randomSecret): string {
  const folder = join(dataDir, 'secrets');
  const file = join(folder, name);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const secret = make();
  writeFileSync(file, secret, { mode: 0o600, flag: 'wx' });
  return secret;
}

function twilioOf(env: Env): TwilioConfig | null {
  if (!env.TWILIO_ACCOUNT_SID || !env.TWILIO_AUTH_TOKEN) return null;
  return {
    accountSid: env.TWILIO_ACCOUNT_SID,
    authToken: env.TWILIO_AUTH_TOKEN,
    previousToken: env.TWILIO_AUTH_TOKEN_PREVIOUS ?? null,
    apiBaseUrl: env.TWILIO_API_BASE_URL ?? 'https://api.twilio.com',
    messagingServiceSid: env.TWILIO_MESSAGING_SERVICE_SID ?? null,
    smsFrom: env.TWILIO_SMS_FROM ?? null,
    whatsappFrom: env.TWILIO_WHATSAPP_FROM?.replace(/^whatsapp:/, '') ?? null,
  };
}

function emailOf(env: Env, dataDir: string): Config['email'] {
  const from = env.EMAIL_FROM ?? 'MONA <bonjour@mona.example>';
  return {
    smtpUrl: env.SMTP_URL ?? null,
    from,
    replyTo: env.EMAIL_REPLY_TO ?? from,
    webhookSecret: env.EMAIL_WEBHOOK_SECRET ?? keptSecret(dataDir, 'email-webhook'),
    dkim:
      env.DKIM_DOMAIN && env.DKIM_SELECTOR && env.DKIM_PRIVATE_KEY
        ? {
            domain: env.DKIM_DOMAIN,
            selector: env.DKIM_SELECTOR,
            privateKey: env.DKIM_PRIVATE_KEY.replaceAll('\\n', '\n'),
          }
        : null,
  };
}

/** The pair is kept as one: half of it would be worth nothing. */
function vapidOf(env: Env, dataDir: string): Config['vapid'] {
  const [publicKey = '', privateKey = ''] =
    env.VAPID_PUBLIC_KEY && env.VAPID_PRIVATE_KEY
      ? [env.VAPID_PUBLIC_KEY, env.VAPID_PRIVATE_KEY]
      : keptSecret(dataDir, 'vapid', newVapidPair).split(' ');
  const address = /<([^<>]+)>/.exec(env.EMAIL_FROM ?? '')?.[1] ?? env.EMAIL_FROM ?? 'bonjour@mona.example';
  return { publicKey, privateKey, subject: env.VAPID_SUBJECT ?? `mailto:${address}` };
}

function newVapidPair(): string {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  const privateKey = Buffer.alloc(32);
  const bytes = pair.getPrivateKey();
  bytes.copy(privateKey, 32 - bytes.length);
  return `${pair.getPublicKey('base64url')} ${privateKey.toString('base64url')}`;
}

/**
 * Turns the environment into one typed object.
 * @param root folder of the project: `flows/`, `locales/`, `dist/web` and relative paths are read from there.
 * @throws ConfigError with one line a mistake.
 */
export function readConfig(source: NodeJS.ProcessEnv, root: string): Config {
  const env = parse(given(source));
  const lines = checkTogether(env);
  if (lines.length > 0) throw new ConfigError(lines);
  const dataDir = resolve(root, env.DATA_DIR ?? '.data');
  const port = env.PORT ?? 3000;
  return {
    isProduction: env.NODE_ENV === 'production',
    port,
    publicUrl:
      env.PUBLIC_URL?.replace(/\/+$/, '') ?? (port === 0 ? null : `http://localhost:${String(port)}`),
    mongodbUri: env.MONGODB_URI ?? null,
    mongodBinary: env.MONGOD_BINARY ?? null,
    dataDir,
    cacheDir: resolve(root, '.cache'),
    flowsDir: resolve(root, 'flows'),
    localesDir: resolve(root, 'locales'),
    webDir: resolve(root, 'dist/web'),
    redisUrl: env.REDIS_URL ?? null,
    role: env.ROLE ?? 'all',
    twilio: twilioOf(env),
    mps: { sms: env.SMS_MPS ?? 10, whatsapp: env.WHATSAPP_MPS ?? 40, email: env.EMAIL_MPS ?? 14 },
    email: emailOf(env, dataDir),
    vapid: vapidOf(env, dataDir),
    linkHosts:
      env.LINK_HOSTS?.split(',')
        .map((host) => host.trim().toLowerCase())
        .filter(Boolean) ?? [],
    secrets: {
      session: env.SESSION_SECRET ?? keptSecret(dataDir, 'session'),
      apiKey: env.API_KEY ?? keptSecret(dataDir, 'api-key'),
      suppression: env.SUPPRESSION_SECRET ?? keptSecret(dataDir, 'suppression'),
    },
    defaults: {
      country: env.DEFAULT_COUNTRY ?? 'FR',
      zone: env.DEFAULT_TIMEZONE ?? 'Europe/Paris',
      locale: env.DEFAULT_LOCALE ?? 'fr',
    },
    logLevel: env.LOG_LEVEL ?? 'info',
    sandbox: env.TWILIO_ACCOUNT_SID
      ? null
      : {
          authToken: keptSecret(dataDir, 'sandbox-carrier'),
          demoPassword: keptSecret(dataDir, 'demo-coach').slice(0, 16),
        },
  };
}

/** Reads the process's environment, `.env` beside package.json included (a variable already set wins). */
export function readProcessConfig(root: string): Config {
  const file = join(root, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
  return readConfig(process.env, root);
}
