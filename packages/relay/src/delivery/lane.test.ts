import { describe, expect, test } from 'vitest';
import type { Outcome, Pause, Retry } from '../hubspot/outcome.ts';
import { createLane, type Lane, laneOf } from './lane.ts';

const delivered: Outcome = { kind: 'delivered' };
const MINUTE = 60_000;

function pause(notBeforeMs = 0): Pause {
  return { kind: 'pause', cause: 'unauthorized', notBeforeMs, error: { status: 401 } };
}

function retry(notBeforeMs = 0): Retry {
  return { kind: 'retry', cause: 'server_error', notBeforeMs, error: { status: 503 } };
}

function lane() {
  return createLane(() => 0);
}

/** So many calls end at `now`, each of other events. */
function record(to: Lane, outcome: Outcome, now: number, calls = 1, isWitness = true) {
  for (let call = 0; call < calls; call++) {
    to.record({ events: [], outcome, startedAt: now, isWitness }, now);
  }
}

function shut(fault: Outcome, now: number): Lane {
  const made = lane();
  record(made, fault, now, 16);
  return made;
}

/** The waits before one failed probe after the other, seconds. */
function waitsOf(made: Lane, fault: Outcome, probes: number): number[] {
  const waits: number[] = [];
  let now = 0;
  for (let probe = 0; probe < probes; probe++) {
    const gate = made.gate(now);
    if (gate.kind !== 'shut') throw new Error(`The lane is ${gate.kind}.`);
    waits.push((gate.until - now) / 1000);
    now = gate.until;
    expect(made.gate(now)).toEqual({ kind: 'probe' });
    made.beginProbe();
    record(made, fault, now);
    made.endProbe();
  }
  return waits;
}

describe('fresh events', () => {
  test('pass until sixteen calls of different events have failed with no success in between', () => {
    const made = lane();
    record(made, retry(), 0, 15);
    expect(made.gate(0)).toEqual({ kind: 'open' });
    record(made, retry(), 0);
    expect(made.gate(0)).toEqual({ kind: 'shut', until: 1000 });
  });

  test('pass as long as HubSpot takes one in sixteen', () => {
    const made = lane();
    for (let call = 0; call < 200; call++) {
      record(made, call % 15 === 0 ? delivered : pause(), call);
      expect(made.gate(call)).toEqual({ kind: 'open' });
    }
  });

  test('pass however often suspects fail', () => {
    const made = lane();
    record(made, pause(86_400_000), 0, 1000, false);
    expect(made.gate(0)).toEqual({ kind: 'open' });
  });

  test('pass again when a probe is delivered, and the next fault starts from the beginning', () => {
    const made = shut(pause(), 0);
    made.beginProbe();
    record(made, pause(), 1000);
    made.endProbe();
    expect(made.gate(1000)).toEqual({ kind: 'shut', until: 2500 });
    record(made, delivered, 3000);
    expect(made.gate(3000)).toEqual({ kind: 'open' });
    expect(made.status()).toEqual({ state: 'open' });
    record(made, pause(), 4000, 32);
    expect(made.gate(4000)).toEqual({ kind: 'shut', until: 5000 });
  });

  test('need twice the witnesses after a pause that the first look ended, for ten minutes', () => {
    const made = shut(retry(), 0);
    record(made, delivered, 1000);
    record(made, retry(), 2000, 31);
    expect(made.gate(2000)).toEqual({ kind: 'open' });
    record(made, retry(), 2000);
    expect(made.gate(2000).kind).toBe('shut');
    record(made, delivered, 3000);
    record(made, retry(), 11 * MINUTE, 16);
    expect(made.gate(11 * MINUTE).kind).toBe('shut');
  });

  test('wait while a probe is under way', () => {
    const made = shut(retry(), 0);
    made.beginProbe();
    expect(made.gate(MINUTE)).toMatchObject({ kind: 'shut' });
    made.endProbe();
    expect(made.gate(MINUTE)).toEqual({ kind: 'probe' });
  });

  test('are not let through by a call that began before the lane was shut', () => {
    const made = shut(retry(), 100);
    made.record({ events: [], outcome: delivered, startedAt: 60, isWitness: true }, 120);
    expect(made.gate(120).kind).toBe('shut');
  });
});

describe('probes', () => {
  test('of a passing fault grow by half from one second to two minutes', () => {
    const waits = waitsOf(shut(retry(), 0), retry(), 14).map(Math.round);
    expect(waits).toEqual([1, 2, 2, 3, 5, 8, 11, 17, 26, 38, 58, 86, 120, 120]);
  });

  test('of a pause grow up to a quarter of an hour', () => {
    const waits = waitsOf(shut(pause(), 0), pause(), 20).map(Math.round);
    expect(waits.slice(-4)).toEqual([657, 900, 900, 900]);
  });

  test('heed what HubSpot asks for from the sixth on, up to a quarter of an hour', () => {
    const day = retry(86_400_000);
    expect(waitsOf(shut(day, 0), day, 7).map(Math.round)).toEqual([1, 2, 2, 3, 5, 900, 900]);
  });

  test('look at a migration every hour', () => {
    const migration: Pause = { ...pause(86_400_000), cause: 'migration' };
    expect(waitsOf(shut(migration, 0), migration, 7).slice(-2)).toEqual([3600, 3600]);
  });

  test('are sixty at most in an hour of a revoked token, and below a hundred in one of an outage', () => {
    const inAnHour = (fault: Outcome) => {
      const waits = waitsOf(shut(fault, 0), fault, 60);
      const total = (count: number) => waits.slice(0, count).reduce((sum, wait) => sum + wait, 0);
      return waits.findIndex((_, index) => total(index + 1) > 3600);
    };
    expect(16 + inAnHour(pause())).toBeLessThanOrEqual(60);
    expect(16 + inAnHour(retry())).toBeLessThanOrEqual(60);
  });

  test('are not put off by calls that are none', () => {
    const made = shut(retry(), 0);
    record(made, retry(), 500, 100);
    expect(made.gate(500)).toEqual({ kind: 'shut', until: 1000 });
  });

  test('come at once when the clock was set back', () => {
    expect(shut(pause(), 3_600_000).gate(0).kind).toBe('probe');
  });

  test('come at once when an operator asks', () => {
    const made = shut(pause(), 0);
    made.probeNow();
    expect(made.gate(1)).toEqual({ kind: 'probe' });
  });
});

describe('suspects', () => {
  test('pass for forty failed calls in a row when HubSpot took an event just before', () => {
    const made = lane();
    record(made, delivered, 0);
    record(made, retry(), 1000, 39, false);
    expect(made.suspectGate(1000)).toEqual({ kind: 'open' });
    expect(made.suspectGate(6000).kind).not.toBe('open');
  });

  test('pass one at a time and ever more seldom after eight failed calls in a row', () => {
    const made = lane();
    record(made, retry(), 0, 7, false);
    expect(made.suspectGate(0)).toEqual({ kind: 'open' });
    record(made, retry(), 0, 1, false);
    expect(made.suspectGate(0)).toEqual({ kind: 'shut', until: 1000 });
    expect(made.suspectGate(1000)).toEqual({ kind: 'probe' });
    made.beginSuspect();
    expect(made.suspectGate(1000)).toMatchObject({ kind: 'shut' });
    record(made, retry(), 1000, 1, false);
    made.endSuspect();
    expect(made.suspectGate(1000)).toEqual({ kind: 'shut', until: 2500 });
  });

  test('pass freely again after any success', () => {
    const made = lane();
    record(made, retry(), 0, 20, false);
    record(made, delivered, 10);
    expect(made.suspectGate(10)).toEqual({ kind: 'open' });
  });

  test('wait while fresh events wait', () => {
    expect(shut(retry(), 0).suspectGate(10 * MINUTE).kind).toBe('shut');
  });
});

describe('the owner', () => {
  test('is told when nothing has been delivered since several calls failed, with cause and next look', () => {
    const made = lane();
    record(made, retry(), 10, 2);
    expect(made.status()).toEqual({ state: 'open' });
    record(made, retry(), 20);
    expect(made.status()).toMatchObject({ state: 'backing_off', cause: 'server_error', since: 10 });
    record(made, retry(), 30, 13);
    expect(made.status()).toMatchObject({ state: 'backing_off', witnesses: 16, probeAt: 1030 });
  });

  test('is told how many different events failed, however few calls there are', () => {
    const made = lane();
    const fail = (...events: string[]) =>
      made.record({ events, outcome: pause(), startedAt: 10, isWitness: false }, 10);
    made.record({ events: ['a', 'b'], outcome: pause(), startedAt: 10, isWitness: true }, 10);
    for (let again = 0; again < 5; again++) fail('a');
    expect(made.status()).toMatchObject({ witnesses: 1 });
    fail('b');
    expect(made.status()).toMatchObject({ witnesses: 2 });
  });

  test('is told of a pause before a passing fault', () => {
    const made = lane();
    record(made, pause(), 10);
    record(made, retry(), 20, 3);
    expect(made.status()).toMatchObject({ state: 'paused', cause: 'unauthorized' });
  });

  test('who pauses delivery is told that, whatever the lane found out about HubSpot', () => {
    const made = shut(pause(), 100);
    expect(laneOf({ pausedAt: 50 }, made)).toMatchObject({
      state: 'paused',
      cause: 'operator',
      since: 50,
    });
    expect(laneOf({}, made)).toMatchObject({ cause: 'unauthorized' });
  });
});
