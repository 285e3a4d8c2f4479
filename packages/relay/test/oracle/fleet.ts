import type { Random } from './random.ts';
import { type RelayProcess, startRelayProcess } from './relay-process.ts';

/** The relays on one storage, some of them dead at times. */
export interface Fleet {
  urls(): readonly string[];
  /** Starts those that do not run. */
  start(): Promise<void>;
  /** Ends one of them, or none. */
  strike(random: Random): Promise<void>;
  /** SIGTERM to all. */
  stop(): Promise<void>;
  /** Sets the clock of all, also of those that are started later. */
  setClock(offsetMs: number): void;
  /** Lets the files of one not grow for a while. */
  limitFiles(random: Random): Promise<void>;
  readonly counts: FleetCounts;
  /** What a SIGTERM did not end, with its last words. */
  readonly complaints: readonly string[];
  lastOutput(): string;
}

export interface FleetCounts {
  kills: number;
  terminations: number;
  /** SIGTERMs that did not end with exit code 0. */
  uncleanExits: number;
  clockJumps: number;
  /** A full disk, or a restarted database server. */
  storageFaults: number;
}

export function createFleet(size: number, variables: Readonly<Record<string, string>>): Fleet {
  const relays: RelayProcess[] = [];
  const counts = { kills: 0, terminations: 0, uncleanExits: 0, clockJumps: 0, storageFaults: 0 };
  const complaints: string[] = [];
  let offsetMs = 0;

  const running = () => relays.filter((relay) => relay.isRunning());

  async function terminate(relay: RelayProcess): Promise<void> {
    const code = await relay.terminate();
    counts.terminations += 1;
    if (code === 0) return;
    counts.uncleanExits += 1;
    complaints.push(`exit code ${code} after SIGTERM: ${relay.lastOutput().slice(-2000)}`);
  }

  return {
    counts,
    complaints,
    urls: () => running().map(({ url }) => url),
    async start() {
      const alive = running();
      const missing = Array.from({ length: size - alive.length }, () =>
        startRelayProcess(variables, offsetMs),
      );
      relays.splice(0, relays.length, ...alive, ...(await Promise.all(missing)));
    },
    async strike(random) {
      const relay = random.pick(running());
      const fate = random.next();
      if (relay === undefined || fate > 0.85) return;
      if (fate > 0.6) return terminate(relay);
      counts.kills += 1;
      await relay.kill();
    },
    async stop() {
      await Promise.all(running().map(terminate));
    },
    setClock(offset) {
      offsetMs = offset;
      counts.clockJumps += 1;
      for (const relay of running()) relay.setClock(offset);
    },
    async limitFiles(random) {
      await random.pick(running())?.withLimitedFiles(random.integer(100, 500));
    },
    lastOutput: () => relays.map((relay) => relay.lastOutput()).join('\n'),
  };
}
