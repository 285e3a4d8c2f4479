import { expect, test } from 'vitest';
import { runFailover } from './run-failover.ts';

test('a primary that is killed and relays that are replaced lose nothing, and the standby takes over', {
  timeout: 300_000,
}, async () => {
  const report = await runFailover({ kills: 2 });
  expect(report).toMatchObject({
    lost: 0,
    duplicated: 0,
    altered: 0,
    unknown: 0,
    wronglyDead: 0,
    uncleanExits: 0,
    complaints: [],
    findings: [],
    isBalanced: true,
    rolled: 3,
  });
  expect(report.acceptingAfterMs).toHaveLength(2);
  expect(report.obligations).toBeGreaterThan(50);
});
