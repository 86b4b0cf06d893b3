import { withStore } from '../app/database.ts';
import type { Config } from '../config.ts';
import {
  addApiKey,
  apiScopes,
  listApiKeys,
  revokeApiKey,
  type ApiKeyDoc,
  type ApiScope,
} from '../store/api-keys.ts';
import { CommandError } from './program.ts';

const isScope = (name: string): name is ApiScope => apiScopes.some((scope) => scope === name);

function scopesIn(asked: readonly string[]): readonly ApiScope[] {
  const unknown = asked.find((name) => !isScope(name));
  if (unknown !== undefined)
    throw new CommandError(`--scope: got "${unknown}", takes ${apiScopes.join(' or ')}`, 2);
  return asked.length > 0 ? asked.filter(isScope) : apiScopes;
}

/** `mona keys add`: the secret is printed once and kept nowhere. */
export function addKey(config: Config, name: string, asked: readonly string[]): Promise<string> {
  const scopes = scopesIn(asked);
  return withStore(config, async (store) => {
    const taken = await store.apiKeys.findOne({ name });
    if (taken) throw new CommandError(`There is a key "${name}" already. Give this one another name.`);
    const secret = await addApiKey(store, name, scopes, new Date());
    return `${name} may send ${scopes.join(' and ')} with the key ${secret}`;
  });
}

/** `mona keys revoke`. */
export const revokeKey = (config: Config, name: string): Promise<string> =>
  withStore(config, async (store) => {
    if (!(await revokeApiKey(store, name, new Date())))
      throw new CommandError(`No key "${name}" is in use. \`mona keys list\` names them.`);
    return `${name} is revoked.`;
  });

const day = (at: Date | null): string => at?.toISOString().slice(0, 16) ?? 'never';

const lineOf = ({ name, scopes, createdAt, lastUsedAt, revokedAt }: ApiKeyDoc): string =>
  `${name}  ${scopes.join(',')}  made ${day(createdAt)}, used ${day(lastUsedAt)}${revokedAt ? `, revoked ${day(revokedAt)}` : ''}`;

/** `mona keys list`. */
export const listKeys = (config: Config): Promise<string> =>
  withStore(config, async (store) => {
    const keys = await listApiKeys(store);
    return keys.length > 0 ? keys.map(lineOf).join('\n') : 'No keys beside API_KEY.';
  });
