import { parentPort, workerData } from 'node:worker_threads';
import { openLocally } from './local-engine.ts';
import type { WorkerAnswer, WorkerRequest } from './worker-engine.ts';

const port = parentPort;
if (port === null)
  throw new Error('This file is the thread of a SQLite outbox; nothing else may run it.');
const answer = (message: WorkerAnswer) => port.postMessage(message);

try {
  const engine = await openLocally(workerData);
  port.on('message', async (request: WorkerRequest) => {
    if (request !== 'close') return answer(await engine.transact(request));
    await engine.close();
    answer({ closed: true });
  });
  answer({ opened: true });
} catch (error) {
  answer({ failed: (error as Error).message });
}
