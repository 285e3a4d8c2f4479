import { cliCommand } from '../cli-command.ts';

/** `hubrelay relay`. */
export const relay = cliCommand({
  meta: {
    name: 'relay',
    description:
      'Run a relay on this machine. It takes no options but environment variables: HUBSPOT_ACCESS_TOKEN, ALLOWED_ORIGINS, EVENTS or EVENTS_LOCK first of all; each one is in https://github.com/hubrelay/hubrelay/blob/main/docs/configuration.md',
  },
  args: {},
  async run() {
    const { runNodeRelay } = await import('@hubrelay/relay/node');
    await runNodeRelay();
  },
});
