import { takeTurns } from './no-real-time.ts';

/** The only clock of a simulation and the only order of things. */
export interface Scheduler {
  /** The true time, epoch milliseconds; a process may see another. */
  now(): number;
  /** Runs `run` once, `delayMs` from now. The function returned calls it off. */
  schedule(run: () => void, delayMs: number): () => void;
  /** Lets time pass until `until`, or until the condition holds; it is asked after every step. */
  run(until: number, condition?: () => boolean): Promise<void>;
  /** A number that tells whether two runs took the same steps at the same times. */
  digest(): number;
  steps(): number;
}

interface Task {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

const START = Date.UTC(2026, 10, 27);

/**
 * Takes one task after the other: by time, and at the same time in the order in which they were scheduled. Between two of them
 * every promise that can be kept is kept, and promises are kept in the same order every time.
 */
export function createScheduler(): Scheduler {
  const tasks: Task[] = [];
  let now = START;
  let orders = 0;
  let digest = 0;
  let steps = 0;

  /** The next task up to `until` that was not called off. */
  function next(until: number): Task | undefined {
    for (;;) {
      const [first] = tasks;
      if (first === undefined || first.at > until) return undefined;
      pop(tasks);
      if (first.run !== undefined) return first;
    }
  }

  function step(task: Task): void {
    now = Math.max(now, task.at);
    steps += 1;
    digest = Math.imul(digest ^ task.order ^ (now | 0), 0x01000193) >>> 0;
    task.run?.();
  }

  return {
    now: () => now,
    schedule(run, delayMs) {
      orders += 1;
      const task: Task = { at: now + Math.ceil(Math.max(0, delayMs)), order: orders, run };
      push(tasks, task);
      return () => {
        task.run = undefined;
      };
    },
    run: (until, condition = () => false) =>
      takeTurns(() => {
        if (condition()) return false;
        const task = next(until);
        if (task === undefined) now = Math.max(now, until);
        else step(task);
        return task !== undefined;
      }),
    digest: () => digest,
    steps: () => steps,
  };
}

function isBefore(a: Task, b: Task): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** A binary heap: the first task is the next. */
function push(heap: Task[], task: Task): void {
  let index = heap.length;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent] as Task;
    if (!isBefore(task, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = task;
}

function pop(heap: Task[]): Task {
  const first = heap[0] as Task;
  const last = heap.pop() as Task;
  if (heap.length > 0) sink(heap, last);
  return first;
}

function sink(heap: Task[], task: Task): void {
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    if (left >= heap.length) break;
    const right = heap[left + 1];
    const child = right && isBefore(right, heap[left] as Task) ? left + 1 : left;
    const below = heap[child] as Task;
    if (!isBefore(below, task)) break;
    heap[index] = below;
    index = child;
  }
  heap[index] = task;
}
