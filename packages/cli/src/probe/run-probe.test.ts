import {
  createFakeHubSpot,
  defaultSwitches,
  demoCredentials,
  type FakeHubSpot,
  type FakeHubSpotOptions,
  type Switches,
} from '@hubrelay/fake-hubspot';
import { Redacted } from '@hubrelay/relay';
import { expect, test } from 'vitest';
import { createCaller, type Exchange } from './caller.ts';
import { formatReport } from './format-report.ts';
import { createProbeAccount, readAccount } from './probe-account.ts';
import { runProbe } from './run-probe.ts';

const EMAIL = 'probe@example.com';
const DAY = 86_400_000;
const MIB = 1_048_576;

interface Ran {
  readonly hubspot: FakeHubSpot;
  readonly found: Partial<Switches>;
  readonly seen: Readonly<Record<string, string>>;
  readonly problem: string | undefined;
  readonly left: readonly string[];
  readonly report: string;
}

async function probe(
  options: FakeHubSpotOptions = {},
  {
    email,
    signal,
    token = demoCredentials.definitionsToken,
  }: {
    readonly email?: string;
    readonly signal?: AbortSignal;
    readonly token?: string;
  } = { email: EMAIL },
): Promise<Ran> {
  let slept = 0;
  const now = () => Date.now() + slept;
  const hubspot = createFakeHubSpot({
    contacts: [{ id: '1', email: EMAIL }],
    now,
    ...options,
  });
  const exchanges: Exchange[] = [];
  const call = createCaller({
    token: new Redacted(token),
    baseUrl: 'https://api.hubapi.com',
    fetch: hubspot.fetch,
    onExchange: (one) => void exchanges.push(one),
  });
  const { hubId, type: accountType } = await readAccount(call);
  const version = 'v3';
  const account = createProbeAccount(call, { hubId, email, version });
  const sleep = async (ms: number) => {
    slept += ms;
  };
  const result = await runProbe(account, {
    waitMs: 300_000,
    maxBodyMiB: 4,
    spendsLimit: true,
    sleep,
    sleepAnyway: sleep,
    now,
    signal: signal ?? new AbortController().signal,
    onQuestion: () => {},
    onFinding: () => {},
  });
  const decided = result.findings.filter(({ value }) => value !== undefined);
  return {
    hubspot,
    found: Object.fromEntries(decided.map(({ decides, value }) => [decides, value])),
    seen: Object.fromEntries(result.findings.map(({ decides, seen }) => [decides, seen])),
    problem: result.problem,
    left: result.left,
    report: formatReport({ ...result, exchanges, accountType, version }),
  };
}

/** Every switch in every position that it has; of numbers the default and another one. */
const POSITIONS: {
  readonly [Name in keyof Switches]: readonly (readonly [Switches[Name], found?: unknown])[];
} = {
  duplicateUuid: [[204], [400], [409]],
  duplicateInBatch: [['as-duplicate'], ['refuse-batch']],
  badItem: [['atomic'], ['partial']],
  unknownEvent: [[400], [404], ['accept']],
  undefinedProperty: [['reject'], ['accept']],
  mistypedValue: [['reject'], ['accept']],
  propertyValue: [['string'], ['scalar']],
  unknownField: [['reject'], ['accept']],
  unknownUtk: [['accept'], ['reject']],
  contactForOtherRecord: [['reject'], ['accept']],
  utkFormat: [['hex32'], ['any']],
  rateLimitBody: [['documented'], ['recorded'], ['category']],
  // The bound of the fake is larger than what is tried here, so it stays open.
  maxBodyBytes: [
    [defaultSwitches.maxBodyBytes, undefined],
    [3 * MIB, 2 * MIB],
  ],
  maxAgeMs: [[Number.POSITIVE_INFINITY], [40 * DAY, 31 * DAY]],
  maxAheadMs: [[Number.POSITIVE_INFINITY], [2 * DAY, DAY]],
  maxCallsPerTenSeconds: [[190], [150]],
  occurrenceId: [['other'], ['uuid']],
  readBackDelayMs: [[0], [60_000, 60_000]],
  // Documented, and not tried: a probe does not send 1,250 events in a second.
  maxSendsPerSecond: [[1_250, undefined]],
};

const cases = Object.entries(POSITIONS).flatMap(([name, positions]) =>
  positions.map(([value, ...found]) => [name, value, found.length > 0 ? found[0] : value] as const),
);

test.each(cases)('%s: %s is found as %s', async (name, value, found) => {
  const { found: switches, problem, left, hubspot } = await probe({ [name]: value });
  expect(problem).toBeUndefined();
  const decided = switches[name as keyof Switches];
  if (name === 'readBackDelayMs') {
    expect(decided).toBeGreaterThanOrEqual(Number(found));
    expect(decided).toBeLessThan(Number(found) + 15_000);
  } else expect(decided).toBe(found);
  expect(left).toEqual([]);
  // Everything that the probe made is gone.
  expect(await definitionsIn(hubspot)).toEqual([]);
});

async function definitionsIn(hubspot: FakeHubSpot): Promise<string[]> {
  hubspot.change({ maxCallsPerTenSeconds: 1_000_000 });
  const answer = await hubspot.fetch(
    'https://api.hubapi.com/events/v3/event-definitions?searchString=hubrelay_probe&limit=100',
    { headers: { authorization: `Bearer ${demoCredentials.definitionsToken}` } },
  );
  const { results } = (await answer.json()) as { results: { name: string }[] };
  return results.map(({ name }) => name);
}

test.each(['atomic', 'partial'] as const)(
  'with loud duplicates a bad item is told without reading back: %s',
  async (badItem) => {
    const { found, seen } = await probe({ badItem, duplicateUuid: 409 }, {});
    expect(found.badItem).toBe(badItem);
    expect(seen.readBackDelayMs).toMatch(/^not asked: --email/);
  },
);

test('what its answers do not decide stays open', async () => {
  const silent = await probe({}, {});
  expect(silent.found).not.toHaveProperty('badItem');
  expect(silent.seen.badItem).toContain('it is not known whether the good event was taken');
  const { found, seen } = await probe({ duplicateUuid: 400 });
  expect(found).not.toHaveProperty('duplicateInBatch');
  expect(seen.duplicateInBatch).toContain('this decides nothing');
  expect((await probe({ unknownUtk: 'reject' })).found).not.toHaveProperty('utkFormat');
});

test('a fake with the switches of the report gives the same report', async () => {
  const account = {
    duplicateUuid: 409,
    badItem: 'partial',
    undefinedProperty: 'accept',
    maxAgeMs: 40 * DAY,
    occurrenceId: 'uuid',
  } as const;
  const first = await probe(account);
  const again = await probe({ ...first.found, readBackDelayMs: 0 });
  expect(again.found).toMatchObject({ ...first.found, readBackDelayMs: expect.any(Number) });
  expect(first.report).toContain('  duplicateUuid: 409,\n');
  expect(first.report).toContain("`unknownUtk: 'accept'` (default)");
  expect(first.report).not.toContain(demoCredentials.definitionsToken);
});

test('a bound is found also when the call takes a while to get there', async () => {
  const { found } = await probe({ maxAgeMs: 31 * DAY, now: () => Date.now() + 5_000 });
  expect(found.maxAgeMs).toBe(31 * DAY);
});

test('a probe that is stopped deletes what it made', async () => {
  const stop = new AbortController();
  stop.abort();
  const { hubspot, left, found } = await probe({}, { email: EMAIL, signal: stop.signal });
  expect(found).toEqual({});
  expect(left).toEqual([]);
  expect(await definitionsIn(hubspot)).toEqual([]);
});

test('a token that may not define asks nothing', async () => {
  const { problem, found } = await probe({}, { token: demoCredentials.accessToken });
  expect(problem).toContain('behavioral_events.event_definitions.read_write');
  expect(found).toEqual({});
});

test('a wrong token is told at once', async () => {
  await expect(probe({}, { token: 'wrong' })).rejects.toThrow(
    /does not take HUBSPOT_PROBE_TOKEN \(401\)/,
  );
});
