import ipaddr from 'ipaddr.js';

/** Ranges in which no client of the internet lives: behind such an address stands a proxy with every visitor of the site. */
const PROXIES = new Set<string>([
  'loopback',
  'private',
  'uniqueLocal',
  'linkLocal',
  'carrierGradeNat',
  'unspecified',
]);

/**
 * What a limit of an address is counted under: the IPv4 address, or the /64 of an IPv6 address, because whoever has one
 * address of a /64 has all of them. Undefined for what is no client's address.
 */
export function addressKey(address: string | undefined): string | undefined {
  if (address === undefined || !ipaddr.isValid(address)) return undefined;
  const parsed = ipaddr.process(address);
  if (PROXIES.has(parsed.range())) return undefined;
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const network = parsed.toByteArray().slice(0, 8);
  return `${network.map((byte) => byte.toString(16).padStart(2, '0')).join('')}/64`;
}
