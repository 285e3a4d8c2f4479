import { describe, expect, test } from 'vitest';
import type { Outcome, Pause, Retry } from '../outcome.ts';
import { createLane, laneOf } from './lane.ts';

const delivered: Outcome = { kind: 'delivered' };

function pause(notBeforeMs = 0): Pause {
  return { kind: 'pause', cause: 'unauthorized', notBeforeMs, error: { status: 401 } };
}

function retry(cause: Retry['cause'] = 'server_error', notBeforeMs = 0): Retry {
  return { kind: 'retry', cause, notBeforeMs, error: { status: 503 } };
}

function lane() {
  return createLane(() => 0);
}

describe('a pause', () => {
  test('shuts the lane at once, and lets one probe through after thirty seconds', () => {
    const { gate, record, beginProbe } = lane();
    record(pause(), 0, 100);
    expect(gate(100)).toEqual({ kind: 'shut', until: 30_100 });
    expect(gate(30_100)).toEqual({ kind: 'probe' });
    beginProbe();
    expect(gate(30_100)).toMatchObject({ kind: 'shut' });
  });

  test('doubles with every failed probe, up to a quarter of an hour', () => {
    const { gate, record } = lane();
    const waits: number[] = [];
    let now = 0;
    for (let probe = 0; probe < 7; probe++) {
      record(pause(), now, now);
      const shut = gate(now);
      if (shut.kind !== 'shut') throw new Error('The lane is not shut.');
      waits.push((shut.until - now) / 1000);
      now = shut.until;
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900]);
  });

  test('lasts as long as HubSpot says', () => {
    const { gate, record } = lane();
    record(pause(7_200_000), 0, 0);
    expect(gate(7_199_999).kind).toBe('shut');
    expect(gate(7_200_000).kind).toBe('probe');
  });

  test('ends with a probe that is delivered, and the next one starts from the beginning', () => {
    const { gate, record, beginProbe, endProbe, status } = lane();
    record(pause(), 0, 0);
    record(pause(), 30_000, 30_000);
    beginProbe();
    record(delivered, 90_000, 90_010);
    endProbe();
    expect(gate(90_010)).toEqual({ kind: 'open' });
    expect(status()).toEqual({ state: 'open' });
    record(pause(), 100_000, 100_000);
    expect(gate(100_000)).toMatchObject({ until: 130_000 });
  });

  test('is not ended by a call that began before it', () => {
    const { gate, record } = lane();
    record(pause(), 50, 100);
    record(delivered, 60, 120);
    expect(gate(120).kind).toBe('shut');
  });

  test('is one failure however many calls were on their way', () => {
    const { gate, record } = lane();
    for (let call = 0; call < 8; call++) record(pause(), 50, 100 + call);
    expect(gate(107)).toEqual({ kind: 'shut', until: 30_100 });
  });

  test('takes over from a passing fault', () => {
    const { record, status } = lane();
    record(retry('rate_limited', 5000), 0, 10);
    record(pause(), 5, 11);
    expect(status()).toMatchObject({ state: 'paused', cause: 'unauthorized' });
  });

  test('probes at once when the clock was set back', () => {
    const { gate, record } = lane();
    record(pause(), 3_600_000, 3_600_000);
    expect(gate(0).kind).toBe('probe');
  });
});

describe('a passing fault', () => {
  test('shuts the lane after five in a row', () => {
    const { gate, record, status } = lane();
    for (let call = 0; call < 4; call++) record(retry(), call, call);
    expect(gate(4)).toEqual({ kind: 'open' });
    record(retry(), 4, 4);
    expect(gate(4)).toEqual({ kind: 'shut', until: 1004 });
    expect(status()).toMatchObject({ state: 'backing_off', cause: 'server_error', since: 4 });
  });

  test('does not when something is delivered in between', () => {
    const { gate, record } = lane();
    for (let call = 0; call < 20; call++) record(call % 3 === 0 ? delivered : retry(), call, call);
    expect(gate(20)).toEqual({ kind: 'open' });
  });

  test('shuts it at once when HubSpot says for how long', () => {
    const { gate, record } = lane();
    record(retry('rate_limited', 10_000), 0, 0);
    expect(gate(0)).toEqual({ kind: 'shut', until: 10_000 });
  });

  test('leaves it open when it is a lock of one record', () => {
    const { gate, record } = lane();
    record(retry('locked', 2000), 0, 0);
    expect(gate(0)).toEqual({ kind: 'open' });
  });
});

describe('an operator', () => {
  test('may ask for the probe now', () => {
    const { gate, record, probeNow } = lane();
    record(pause(86_400_000), 0, 0);
    probeNow();
    expect(gate(1)).toEqual({ kind: 'probe' });
  });

  test('who pauses delivery is told that, whatever the lane found out about HubSpot', () => {
    const shut = lane();
    shut.record(pause(), 0, 100);
    expect(laneOf({ pausedAt: 50 }, shut)).toMatchObject({
      state: 'paused',
      cause: 'operator',
      since: 50,
    });
    expect(laneOf({}, shut)).toMatchObject({ cause: 'unauthorized' });
  });
});
