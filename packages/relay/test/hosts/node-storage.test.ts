import { once } from 'node:events';
import {
  access,
  copyFile,
  mkdir,
  mkdtemp,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { mountSmallDisk } from '../support/small-disk.ts';
import { type NodeHost, startNodeHost } from '../support/start-node-host.ts';
import { aliveBatch, postTo, variablesFor } from './host-contract.ts';

const ADMIN_TOKEN = 'an-admin-token-of-the-tests';

let hubspot: RunningFakeHubSpot;
let folder: string;
let unmount: (() => Promise<void>) | undefined;

beforeEach(async () => {
  hubspot = await startFakeHubSpot({ journalLimit: 100_000 });
  folder = await mkdtemp(join(tmpdir(), 'hubrelay-storage-'));
  return async () => {
    await hubspot.close();
    await unmount?.();
    unmount = undefined;
    await rm(folder, { recursive: true, force: true });
  };
});

async function startOn(path: string): Promise<NodeHost> {
  const host = await startNodeHost({
    ...variablesFor(hubspot),
    DELIVERY: 'queued',
    OUTBOX_PATH: path,
    ADMIN_TOKEN,
    RATE_LIMIT_PER_ADDRESS: '0',
    RATE_LIMIT_PER_VISITOR: '0',
  });
  onTestFinished(() => host.stop());
  return host;
}

async function order(host: NodeHost, what: string, conditions: object = {}): Promise<unknown> {
  const answer = await fetch(`${host.url}/admin/v1/${what}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(conditions),
  });
  expect(answer.status).toBe(200);
  return answer.json();
}

const readiness = async (host: NodeHost) => (await fetch(`${host.url}/readyz`)).json();

const canMount = await mkdtemp(join(tmpdir(), 'hubrelay-mount-')).then(async (place) => {
  const disk = await mountSmallDisk(place);
  await disk?.unmount();
  await rm(place, { recursive: true });
  return disk !== undefined;
});

/** Nothing but a file system that is really full shows this, and to mount one takes root. */
describe.skipIf(!canMount)(
  'a disk (a tmpfs of 38 MB) that the backlog fills',
  {
    timeout: 240_000,
  },
  () => {
    const long = `https://shop.example/${'x'.repeat(950)}`;
    const properties = { hs_page_url: long, hs_referrer: long, hs_link_href: long };

    /** About 60 KB. */
    const largeBatch = () => {
      const events = Array.from({ length: 18 }, () => aliveBatch('product_viewed').events).flat();
      return { ...aliveBatch(), events: events.map((event) => ({ ...event, properties })) };
    };

    async function smallDisk() {
      const place = join(folder, 'disk');
      await mkdir(place);
      const disk = await mountSmallDisk(place, 38);
      if (disk === undefined) throw new Error('no tmpfs');
      unmount = disk.unmount;
      return { path: join(place, 'outbox.db'), disk };
    }

    /** Posts until the relay takes no more. @returns the uuids that it said are safe */
    async function fillUp(host: NodeHost): Promise<string[]> {
      const safe: string[] = [];
      for (;;) {
        const batch = largeBatch();
        const { status } = await postTo(host, batch);
        if (status === 503) return safe;
        expect(status).toBe(202);
        safe.push(...batch.events.map(({ uuid }) => uuid as string));
      }
    }

    /** Thousands of events, on a machine that may be busy. */
    async function untilArrived(uuids: readonly string[]): Promise<void> {
      const missing = () => {
        const arrived = new Set(hubspot.received().map(({ uuid }) => uuid));
        return uuids.filter((uuid) => !arrived.has(uuid)).length;
      };
      await expect.poll(missing, { timeout: 100_000, interval: 500 }).toBe(0);
    }

    test('drains when delivery goes on, though others took what was free, and accepts again', async () => {
      const { path, disk } = await smallDisk();
      const host = await startOn(path);
      await order(host, 'pause');
      const safe = await fillUp(host);
      expect(safe.length).toBeGreaterThan(300);
      await expect.poll(() => readiness(host)).toMatchObject({ storageProblem: 'disk_low' });
      const makeRoom = await disk.fill();
      await order(host, 'resume');
      await untilArrived(safe);

      await makeRoom();
      const later = aliveBatch();
      await expect.poll(async () => (await postTo(host, later)).status).toBe(202);
      await untilArrived([later.events[0]?.uuid as string]);
    });

    test('goes round: it fills, drains and fills again', async () => {
      const { path } = await smallDisk();
      const host = await startOn(path);
      for (let round = 0; round < 2; round += 1) {
        await order(host, 'pause');
        const safe = await fillUp(host);
        expect(safe.length).toBeGreaterThan(100);
        await order(host, 'resume');
        await untilArrived(safe);
      }
    });

    test('can be purged by its owner, and then accepts again', async () => {
      const { path, disk } = await smallDisk();
      const host = await startOn(path);
      await order(host, 'pause');
      const safe = await fillUp(host);
      const makeRoom = await disk.fill();
      expect(await order(host, 'pending/purge', { all: true })).toEqual({ purged: safe.length });
      await makeRoom();
      await expect.poll(async () => (await postTo(host, aliveBatch())).status).toBe(202);
    });

    test('does not keep a relay from starting, and drains then', async () => {
      const { path, disk } = await smallDisk();
      const first = await startOn(path);
      await order(first, 'pause');
      const safe = await fillUp(first);
      first.process.kill('SIGKILL');
      await once(first.process, 'exit');
      await disk.fill();
      const second = await startOn(path);
      await order(second, 'resume');
      await untilArrived(safe);
    });
  },
);

describe('a database file that is taken away from a running relay', () => {
  async function started() {
    const path = join(folder, 'outbox.db');
    const host = await startOn(path);
    const comeBack = hubspot.fail({ status: 503 });
    const before = aliveBatch();
    expect((await postTo(host, before)).status).toBe(202);
    return { path, host, uuid: before.events[0]?.uuid, comeBack };
  }

  const another = async (path: string) => {
    const other = join(folder, 'other.db');
    await (await startOn(other)).stop();
    await access(other);
    return { other, path };
  };

  test.each([
    ['deleted', async (path: string) => rm(path)],
    ['deleted with all that is beside it', async () => rm(folder, { recursive: true })],
    ['bereft of its journal', async (path: string) => rm(`${path}-wal`)],
    ['moved', async (path: string) => rename(path, `${path}.moved`)],
    [
      'replaced',
      async (path: string) => {
        const { other } = await another(path);
        await rename(other, path);
      },
    ],
  ])(
    '(%s) acknowledges nothing more, says why, and still delivers what it has',
    async (_, take) => {
      const { path, host, uuid, comeBack } = await started();
      await take(path);
      expect((await postTo(host, aliveBatch())).status).toBe(503);
      await expect.poll(() => readiness(host)).toMatchObject({ storageProblem: 'file_gone' });
      comeBack();
      expect((await hubspot.waitFor(1)).map((event) => event.uuid)).toEqual([uuid]);
    },
  );

  test.each([
    ['shortened', async (path: string) => truncate(path, 0)],
    ['overwritten', async (path: string) => writeFile(path, 'x'.repeat(200_000))],
    [
      'overwritten by another outbox',
      async (path: string) => copyFile((await another(path)).other, path),
    ],
  ])('(%s) is left alone, and the relay says why', async (_, spoil) => {
    const { path, host } = await started();
    await spoil(path);
    // Without a post, too.
    await expect.poll(() => readiness(host)).toMatchObject({ storageProblem: 'file_overwritten' });
    expect((await postTo(host, aliveBatch())).status).toBe(503);
    await access(path);
  });
});
