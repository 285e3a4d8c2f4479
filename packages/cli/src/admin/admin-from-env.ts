import { Redacted } from '@hubrelay/relay';
import { CommandError } from '../cli-command.ts';
import { commandEnv } from '../command-env.ts';
import { type AdminClient, createAdminClient } from './admin-client.ts';

/**
 * The admin API of the relay that `RELAY_URL` and `ADMIN_TOKEN` (or `ADMIN_TOKEN_FILE`) name.
 * @param signal ends calls that are under way
 */
export function adminFromEnv(signal?: AbortSignal): AdminClient {
  const env = commandEnv();
  const url = env.safeUrl('RELAY_URL') ?? 'http://127.0.0.1:8787';
  const token = env.secret('ADMIN_TOKEN');
  if (!token) env.missing('ADMIN_TOKEN', 'it is the token that the relay was started with');
  if (env.problems.length > 0) throw new CommandError(env.problems.join('\n'));
  const call: typeof fetch = (input, init) => {
    const signals = [init?.signal, signal].filter((one) => one != null);
    return fetch(input, { ...init, signal: AbortSignal.any(signals) });
  };
  return createAdminClient({ url, token: new Redacted(token ?? ''), fetch: call });
}
