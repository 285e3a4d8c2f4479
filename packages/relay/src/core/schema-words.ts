import type { BaseIssue } from 'valibot';

const KINDS: Readonly<Record<string, string>> = {
  Object: 'an object: {…}',
  Array: 'a list: […]',
  string: 'a text',
  boolean: 'true or false',
};

/** What is wrong with a value of a file, for its owner: says what to write and not what is there, which may be secret. */
export function schemaWords({ expected, received }: BaseIssue<unknown>): string {
  if (expected === 'never') return 'is not known here: check its spelling';
  if (received === 'undefined') return 'is missing';
  return `must be ${KINDS[expected ?? ''] ?? expected}`;
}
