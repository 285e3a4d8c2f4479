import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.process>;

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
 * Many clients of IPv4 share one /64 where a network translates or tunnels: there the IPv4 address inside is the client's.
 * The local-use translators of RFC 8215 are left alone: where the address stands in theirs, each network decides itself.
 */
function withoutTransition(address: Address): Address {
  const bytes = address.toByteArray();
  switch (address.range()) {
    // NAT64 (64:ff9b::/96, RFC 6052) and stateless translation (RFC 6145).
    case 'rfc6052':
      return bytes[5] === 0 ? ipaddr.fromByteArray(bytes.slice(12)) : address;
    case 'rfc6145':
      return ipaddr.fromByteArray(bytes.slice(12));
    case '6to4':
      return ipaddr.fromByteArray(bytes.slice(2, 6));
    case 'teredo':
      // Written inverted, so that no translator on the way finds and changes it (RFC 4380).
      return ipaddr.fromByteArray(bytes.slice(12).map((byte) => byte ^ 0xff));
    default:
      return address;
  }
}

export function isAddress(text: string): boolean {
  return ipaddr.isValid(text);
}

/**
 * What a limit of an address is counted under: the IPv4 address, or the /64 of an IPv6 address, because a client that has one
 * address of a /64 has all of them. Undefined for what is no client's address.
 */
export function addressKey(address: string | undefined): string | undefined {
  if (address === undefined || !isAddress(address)) return undefined;
  const parsed = withoutTransition(ipaddr.process(address));
  if (PROXIES.has(parsed.range())) return undefined;
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const network = parsed.toByteArray().slice(0, 8);
  return `${network.map((byte) => byte.toString(16).padStart(2, '0')).join('')}/64`;
}
