import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Networks that are nobody's push service: our own, this machine's, those kept for special use (RFC 6890). */
const inner = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  inner.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  inner.addSubnet(network, bits, 'ipv6');

/** Whether an IP address leads back into a network of ours, or nowhere. IPv4 written as IPv6 is read as IPv4. */
export function isInnerAddress(ip: string): boolean {
  const family = isIP(ip);
  if (family === 0) return true;
  return inner.check(ip, family === 6 ? 'ipv6' : 'ipv4');
}

const innerName = /(^|\.)(localhost|local|internal|lan|home\.arpa|test|invalid|onion)$/i;
const longest = 2_048;

/**
 * The address a subscription names, if we may call it: https and on the open internet, so that nobody can have us knock at
 * doors of our own network. `trusted` is the sandbox's own push service, which stands on this machine.
 */
export function readEndpoint(endpoint: string, trusted: string | null): URL | null {
  if (endpoint.length > longest || !URL.canParse(endpoint)) return null;
  const url = new URL(endpoint);
  if (url.username !== '' || url.password !== '') return null;
  if (isTrusted(url, trusted)) return url;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol !== 'https:' || host === '' || innerName.test(host)) return null;
  if (isIP(host) !== 0) return isInnerAddress(host) ? null : url;
  return host.includes('.') ? url : null;
}

/** Whatever its port: a sandbox that starts again may listen on another. */
export function isTrusted(url: URL, trusted: string | null): boolean {
  if (trusted === null) return false;
  const { protocol, hostname, pathname } = new URL(trusted);
  return url.protocol === protocol && url.hostname === hostname && url.pathname.startsWith(`${pathname}/`);
}

/** A name that answers with an address of ours is refused as it is resolved: what was asked before may have changed. */
export const outerLookup: LookupFunction = (hostname, options, callback) => {
  dnsLookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
    const refused =
      error ?? (found.some(({ address }) => isInnerAddress(address)) ? refusal(hostname) : null);
    const [first] = found ?? [];
    if (refused || !first) callback(refused ?? refusal(hostname), '', 0);
    else if (options.all) callback(null, found);
    else callback(null, first.address, first.family);
  });
};

const refusal = (hostname: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${hostname} leads to an address inside`), { code: 'EINNER' });
