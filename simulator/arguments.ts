import { parseArgs } from 'node:util';
import { PLAN_KINDS, type PlanOptions, STORES } from './plan/plan.ts';

/** What the command line asks for. */
export interface Arguments extends PlanOptions {
  readonly seeds: number;
  /** The first. */
  readonly seed: number;
  /** How many processes share them. */
  readonly jobs: number;
  readonly isTraced: boolean;
  /** Ends with the first failure. */
  readonly isFirstOnly: boolean;
  /** Tells no more of a failure than its law. */
  readonly isBrief: boolean;
  readonly isPlanted: boolean;
  /** Writes the table of planted bugs into the docs. */
  readonly isWritten: boolean;
  /** The name of the one to plant. */
  readonly bug?: string;
}

export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '1' },
      hours: { type: 'string', default: '0' },
      kind: { type: 'string', multiple: true },
      store: { type: 'string', multiple: true },
      bug: { type: 'string' },
      trace: { type: 'boolean', default: false },
      first: { type: 'boolean', default: false },
      brief: { type: 'boolean', default: false },
      planted: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  return {
    seeds: numberOf('--seeds', values.seeds),
    seed: numberOf('--seed', values.seed),
    jobs: Math.max(1, numberOf('--jobs', values.jobs)),
    hours: numberOf('--hours', values.hours),
    kinds: chosen('--kind', values.kind, PLAN_KINDS),
    stores: chosen('--store', values.store, STORES),
    isTraced: values.trace,
    isFirstOnly: values.first,
    isBrief: values.brief,
    isPlanted: values.planted,
    isWritten: values.write,
    ...(values.bug !== undefined && { bug: values.bug }),
  };
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (!(value >= 0)) throw new Error(`${name} takes a number, not "${text}".`);
  return value;
}

function chosen<T extends string>(name: string, given: string[] | undefined, all: readonly T[]) {
  const unknown = given?.find((one) => !all.includes(one as T));
  if (unknown) throw new Error(`${name} is one of ${all.join(', ')}; "${unknown}" is not.`);
  return (given as T[] | undefined) ?? all;
}
