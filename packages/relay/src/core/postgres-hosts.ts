const PARTS = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/;

/**
 * One connection string for each host of a string with several, as libpq takes them:
 * `postgres://user:password@a:5432,b:5432/database`. One host, or a socket's folder as a parameter, stays as it is.
 */
export function hostsOf(connectionString: string): string[] {
  const [, before = '', hosts = '', after = ''] = PARTS.exec(connectionString) ?? [];
  if (!hosts.includes(',')) return [connectionString];
  return hosts.split(',').map((host) => `${before}${host}${after}`);
}
