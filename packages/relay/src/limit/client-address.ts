/**
 * The client's address behind proxies. Each trusted proxy appends to `X-Forwarded-For` the address it was called from, so
 * only that many entries, counted from the end, are true; whatever stands before them the client may have made up.
 * @param trustedProxies how many proxies stand before the relay, as the owner says; 0 trusts no header
 */
export function clientAddress(
  socketAddress: string | undefined,
  forwardedFor: string | null,
  trustedProxies: number,
): string | undefined {
  if (trustedProxies === 0) return socketAddress;
  const hops = (forwardedFor ?? '').split(',').map((hop) => hop.trim());
  const client = hops.at(-trustedProxies);
  return client ? withoutPort(client) : socketAddress;
}

/** Some proxies write `203.0.113.7:4711` or `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return hop.replace(/^\[([^\]]+)\](:\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1');
}
