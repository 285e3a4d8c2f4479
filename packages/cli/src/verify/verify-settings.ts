import {
  createReadBackClient,
  type EnvReader,
  type ReadBackClient,
  Redacted,
  systemClock,
} from '@hubrelay/relay';
import { CommandError } from '../cli-command.ts';
import { commandEnv } from '../command-env.ts';

export interface ReadBackClients {
  readonly client: ReadBackClient;
  /** Present where there is a token for definitions. */
  readonly definitionsClient?: ReadBackClient;
}

/** @throws CommandError naming every problem of the environment */
export function readBackFromEnv(): ReadBackClients {
  const env = commandEnv();
  const token = env.secret('HUBSPOT_READ_TOKEN');
  if (!token) env.missing('HUBSPOT_READ_TOKEN', HOW_TO_GET);
  const definitionsToken = env.secret('HUBSPOT_DEFINITIONS_TOKEN');
  const clientOf = clientFactory(env);
  const clients = {
    client: clientOf(token ?? ''),
    ...(definitionsToken && { definitionsClient: clientOf(definitionsToken) }),
  };
  if (env.problems.length > 0) {
    const list = env.problems.map((problem) => `  - ${problem}`).join('\n');
    throw new CommandError(`Events cannot be read back:\n${list}`);
  }
  return clients;
}

function clientFactory(env: EnvReader): (token: string) => ReadBackClient {
  const baseUrl = env.safeUrl('HUBSPOT_BASE_URL');
  const apiVersion = env.oneOf('HUBSPOT_API_VERSION', 'v3', ['v3', '2026-03', '2026-09']);
  return (token) =>
    createReadBackClient({ token: new Redacted(token), baseUrl, apiVersion, clock: systemClock });
}

const HOW_TO_GET =
  'create a second service key in HubSpot (Development > Keys > Service keys) that may read events ("oauth") and contacts (crm.objects.contacts.read); the relay’s own token can send only';
