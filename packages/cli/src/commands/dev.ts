import { Redacted } from '@hubrelay/relay';
import { CommandError, cliCommand } from '../cli-command.ts';
import { commandEnv } from '../command-env.ts';
import type { Forward } from '../dev/account.ts';
import { stopSignal } from '../stop-signal.ts';

/** `hubrelay dev`. */
export const dev = cliCommand({
  meta: {
    name: 'dev',
    description: 'Start a relay, a fake HubSpot and an inspector for your own site on this machine',
  },
  args: {
    port: {
      type: 'string',
      valueHint: 'number',
      default: '4320',
      description:
        'Port of the inspector; the relay and the fake HubSpot take the next two. 0 takes free ones',
    },
    lock: {
      type: 'string',
      valueHint: 'file',
      description:
        'Let through only the events of this events.lock.json; it is read again when it changes',
    },
    origin: {
      type: 'string',
      valueHint: 'origins',
      description:
        'Sites beside every port of localhost, separated by commas: https://shop.test:8443',
    },
    forward: {
      type: 'boolean',
      description: 'Send events to the real account of HUBSPOT_ACCESS_TOKEN and HUBSPOT_HUB_ID',
    },
  },
  async run({ args }) {
    const port = Number(args.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_533) {
      throw new CommandError(
        `--port ${args.port} is not a valid port: give a whole number from 0 to 65533.`,
      );
    }
    const { startDev } = await import('../dev/start-dev.ts');
    const running = await startDev({
      port,
      lockPath: args.lock,
      origins: (args.origin ?? '')
        .split(',')
        .map((one) => one.trim())
        .filter(Boolean),
      forward: args.forward ? forwardFromEnv() : undefined,
    });
    const hubspot = args.forward ? 'HubSpot (REAL)' : 'Fake HubSpot';
    console.log(`
  hubrelay dev

    Inspector       ${running.inspectorUrl}
    Relay           ${running.relayUrl}
    ${hubspot.padEnd(14)}  ${running.hubspotUrl}

  Put this into the head of your site, on any port of this machine:

    ${running.snippet}

  It makes a visitor where HubSpot's script makes none. Ctrl-C stops everything.
`);
    await stopSignal();
    await running.close();
  },
});

function forwardFromEnv(): Forward {
  const env = commandEnv();
  const token = env.secret('HUBSPOT_ACCESS_TOKEN');
  if (!token) {
    env.missing(
      'HUBSPOT_ACCESS_TOKEN',
      '--forward sends to a real account, with a service key that has the scope analytics.behavioral_events.send',
    );
  }
  const forward = {
    token: new Redacted(token ?? ''),
    hubId: env.text('HUBSPOT_HUB_ID'),
    baseUrl: env.safeUrl('HUBSPOT_BASE_URL'),
    apiVersion: env.oneOf('HUBSPOT_API_VERSION', 'v3', ['v3', '2026-03', '2026-09']),
  };
  if (env.problems.length > 0) throw new CommandError(env.problems.join('\n'));
  return forward;
}
