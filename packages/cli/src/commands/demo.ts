import { CommandError, cliCommand } from '../cli-command.ts';
import { stopSignal } from '../stop-signal.ts';

/** `hubrelay demo`. */
export const demo = cliCommand({
  meta: {
    name: 'demo',
    description: 'Start a demo shop, a relay and a fake HubSpot, and watch events on their way',
  },
  args: {
    port: {
      type: 'string',
      valueHint: 'number',
      default: '4310',
      description:
        'Port of the shop; the relay and the fake HubSpot take the next two. 0 takes free ones',
    },
  },
  async run({ args }) {
    const port = Number(args.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_533) {
      throw new CommandError(
        `--port ${args.port} is not a valid port: give a whole number from 0 to 65533.`,
      );
    }
    const { startDemo } = await import('../demo/start-demo.ts');
    const running = await startDemo({ port });
    console.log(`
  hubrelay demo

    Shop          ${running.shopUrl}
    Inspector     ${running.inspectorUrl}
    Fake HubSpot  ${running.hubspotUrl}

  Open the shop and the inspector side by side, click, and watch.
  Ctrl-C stops everything.
`);
    await stopSignal();
    await running.close();
  },
});
