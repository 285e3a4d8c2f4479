// The fake HubSpot of benches/outbox.ts, in a process of its own: what it uses of a processor is not the relay's.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { startFakeHubSpot } from '@hubrelay/fake-hubspot';

export interface BenchHubSpot {
  readonly url: string;
  /** Calls answered so far. */
  calls(): Promise<number>;
  stop(): Promise<void>;
}

export async function startHubSpot(): Promise<BenchHubSpot> {
  const child = fork(import.meta.filename);
  const { url } = (await answerOf(child)) as { url: string };
  return {
    url,
    async calls() {
      child.send('calls');
      return ((await answerOf(child)) as { calls: number }).calls;
    },
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const [answer] = await once(child, 'message');
  return answer;
}

async function serve(tell: NonNullable<typeof process.send>): Promise<void> {
  const hubspot = await startFakeHubSpot({ journalLimit: 100 });
  tell({ url: hubspot.url });
  process.on('message', () => tell({ calls: hubspot.count().requests }));
  process.on('disconnect', () => process.exit());
}

if (process.send && process.argv[1] === import.meta.filename)
  await serve(process.send.bind(process));
