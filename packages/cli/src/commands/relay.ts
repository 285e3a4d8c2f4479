import { cliCommand } from '../cli-command.ts';

/** `hubrelay relay`. */
export const relay = cliCommand({
  meta: {
    name: 'relay',
    description: 'Run a relay on this machine, configured by environment variables',
  },
  args: {},
  async run() {
    const { runNodeRelay } = await import('@hubrelay/relay/node');
    await runNodeRelay();
  },
});
