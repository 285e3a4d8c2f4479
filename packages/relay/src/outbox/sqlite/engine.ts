import { OutboxFullError, OutboxUnavailableError } from '../outbox.ts';
import type { OutboxTime } from '../outbox-clock.ts';
import type { Actions, Command, Result } from './store.ts';

/** Where the store lives: in this thread or in its own. */
export interface Engine {
  /** Never rejects: what failed is in the results. */
  transact(group: readonly Command[]): Promise<readonly Result[]>;
  close(): Promise<void>;
}

interface Waiting {
  readonly command: Command;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Gathers calls into groups, one group at a time under way: whatever is called while SQLite waits for the disk makes
 * the next group, so groups grow with the load and no call waits for a timer.
 */
export class GroupCommit {
  readonly #engine: Engine;
  readonly #time: (() => OutboxTime) | undefined;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  /** @param time is noted down with every group */
  constructor(engine: Engine, time?: () => OutboxTime) {
    this.#engine = engine;
    this.#time = time;
  }

  call<A extends keyof Actions>(
    action: A,
    ...args: Parameters<Actions[A]>
  ): Promise<ReturnType<Actions[A]>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ command: { action, args }, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Finishes what was called. */
  async close(): Promise<void> {
    await this.#running;
    await this.#engine.close();
  }

  async #run(): Promise<void> {
    // Lets the other calls of this turn of the event loop join the group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      const commands = group.map(({ command }) => command);
      const note: Command[] = this.#time ? [{ action: 'noteTime', args: [this.#time()] }] : [];
      // The last, so that the results are those of the calls.
      const results = await this.#engine.transact([...commands, ...note]);
      for (const [index, call] of group.entries()) settle(call, results[index] as Result);
    }
    this.#running = undefined;
  }
}

function settle({ resolve, reject }: Waiting, result: Result): void {
  if ('value' in result) resolve(result.value as never);
  else if (result.refused === 'full') reject(new OutboxFullError(result.message));
  else reject(new OutboxUnavailableError(result.message));
}

/** How far time had come when the outbox was written last; undefined for a new one. */
export async function lastTimeOf(engine: Engine): Promise<OutboxTime | undefined> {
  return new GroupCommit(engine).call('lastTime');
}
