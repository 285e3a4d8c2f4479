import { expect, test } from 'vitest';
import { nodeProblem } from './node-version.ts';

test.each(['20.20.2', '22.12.0'])('Node %s is told what is needed', (version) => {
  expect(nodeProblem(version, '>=22.13')).toBe(
    `hubrelay needs Node 22.13 or later, and this is ${version}.`,
  );
});

test.each(['22.13.0', '24.1.0'])('Node %s will do', (version) => {
  expect(nodeProblem(version, '>=22.13')).toBeUndefined();
});
