import { Worker } from 'node:worker_threads';
import type { Engine } from './engine.ts';
import type { EngineOptions } from './local-engine.ts';
import type { Command, Refusal, Result } from './store.ts';

/** To the thread. */
export type WorkerRequest = readonly Command[] | 'close';
/** From the thread: first whether it could open the file, then the results of each group, at last that the file is closed. */
export type WorkerAnswer =
  | readonly Result[]
  | { readonly opened: true }
  | { readonly closed: true }
  | { readonly failed: string };

/** The store in a thread of its own: https://nodejs.org/api/worker_threads.html */
export async function openInWorker(options: EngineOptions): Promise<Engine> {
  const worker = new Worker(workerUrl(), {
    workerData: options,
    name: 'hubrelay-outbox',
    // Flags of the process are not for the thread: `--input-type`, for one, ends it.
    execArgv: [],
    // What a group leaves behind is garbage at once: room for more would only be filled before it is collected.
    resourceLimits: { maxYoungGenerationSizeMb: 3 },
  });
  const answers = new Answers(worker, options.path);
  const opened = await answers.next();
  if ('failed' in opened) {
    await worker.terminate();
    throw new Error(opened.failed);
  }
  worker.unref();

  return {
    async transact(group) {
      // A process with nothing else to do lives until its calls are answered, and no longer.
      worker.ref();
      answers.send(group);
      const answer = await answers.next();
      worker.unref();
      if (Array.isArray(answer)) return answer;
      const message = 'failed' in answer ? answer.failed : 'The thread answered out of turn.';
      return group.map((): Refusal => ({ refused: 'unavailable', message }));
    },

    async close() {
      worker.ref();
      answers.send('close');
      await answers.next();
      // Ended from here: Deno's threads cannot close their own port.
      await worker.terminate();
    },
  };
}

/** The thread's file: TypeScript in the source tree, JavaScript when built. */
function workerUrl(): URL {
  const source = import.meta.url.endsWith('.ts');
  return new URL(source ? './worker.ts' : './worker.js', import.meta.url);
}

/** One answer per request, in order; after the thread has ended, every answer is that it has. */
class Answers {
  readonly #worker: Worker;
  #deliver: ((answer: WorkerAnswer) => void) | undefined;
  #death: { readonly failed: string } | undefined;

  constructor(worker: Worker, path: string) {
    this.#worker = worker;
    worker.on('message', (answer: WorkerAnswer) => this.#deliver?.(answer));
    let cause = 'it ended';
    worker.on('error', (error) => {
      cause = error.message;
    });
    worker.on('exit', () => {
      this.#death = {
        failed: `Outbox ${path}: its thread is gone (${cause}). Restart the relay.`,
      };
      this.#deliver?.(this.#death);
    });
  }

  send(request: WorkerRequest): void {
    this.#worker.postMessage(request);
  }

  next(): Promise<WorkerAnswer> {
    return new Promise((resolve) => {
      if (this.#death) resolve(this.#death);
      else this.#deliver = resolve;
    });
  }
}
