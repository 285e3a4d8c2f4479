import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** In the order of how long they take. */
const LONG = [
  'test/oracle/',
  'test/failover/',
  'simulator/',
  'test/runtimes/',
  'node-storage.test.ts',
  'postgres-outbox.test.ts',
  'test/fuzz/',
] as const;

/** Starts the long test files first, so that no worker is left alone with one at the end. Vitest goes by the size of a file in a fresh clone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const groupOf = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    return sorted.sort((a, b) => groupOf(a) - groupOf(b) || rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG.findIndex((name) => moduleId.includes(name));
  return rank < 0 ? LONG.length : rank;
}
