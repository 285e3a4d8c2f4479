import { queuedWorkerRelay } from '@hubrelay/relay/cloudflare-queues';

const worker = queuedWorkerRelay();
const AGE_MS = 7 * 3_600_000;

type Batch = Parameters<typeof worker.queue>[0];
type Env = Parameters<typeof worker.queue>[1];

/** As if every message had been in its queue for hours. */
export default {
  ...worker,
  queue({ queue, messages }: Batch, env: Env): Promise<void> {
    const aged = messages.map((message) => ({
      body: message.body,
      attempts: message.attempts,
      timestamp: new Date(message.timestamp.getTime() - AGE_MS),
      ack: () => message.ack(),
      retry: (options?: { delaySeconds?: number }) => message.retry(options),
    }));
    return worker.queue({ queue, messages: aged }, env);
  },
};
