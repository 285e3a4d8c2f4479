import { randomUUID } from 'node:crypto';
import { isRandomUuid } from '@hubrelay/protocol';
import pg from 'pg';
import { type EventKey, eventKey, type HubSpotEvent } from '../../hubspot/event.ts';
import { ClaimFront, type DuePosition, FROM_THE_START } from '../claim-front.ts';
import {
  type DeadRow,
  EXPIRED,
  pageOf,
  startOf,
  type TakeFilter,
  whereOf,
} from '../dead-letter-rows.ts';
import { outboxKey, type SenderKind, withServerUuid } from '../event-key.ts';
import { JsonClaim } from '../json-claim.ts';
import { deadLimitsFor, type OutboxLimits, resolveLimits } from '../limits.ts';
import {
  type Claim,
  type ClaimRequest,
  type Outbox,
  OutboxFullError,
  OutboxUnavailableError,
} from '../outbox.ts';
import { earliest, suspicionAfter } from '../suspicion.ts';
import { Database, unavailable } from './database.ts';
import { type Entry, groupEnqueues } from './enqueue-group.ts';
import { FULL } from './full.ts';
import { COUNTER_SHARDS, migrate } from './migrations.ts';
import { postgresPendingStore } from './pending-store.ts';
import { type Connect, onConnection, openPrimaryPool, type PrimaryPool } from './pool.ts';
import { dialectAfter, statementsFor } from './statements.ts';

export interface PostgresOutboxOptions extends OutboxLimits {
  /**
   * `postgres://user:password@host:5432/database`; either this or `pool`. Of several hosts, `@a:5432,b:5432/`, the one is used
   * that takes writes.
   */
  readonly connectionString?: string;
  /** A pool of your own. It stays open when the outbox is closed. */
  readonly pool?: pg.Pool;
  /**
   * Where the tables are. Created when it is missing.
   * @default 'hubrelay'
   */
  readonly schema?: string;
  /** @default the time of the database, the same for all relays */
  readonly clock?: () => number;
}

interface ClaimedRow {
  readonly seq: number;
  readonly event: string;
  readonly attempts: number;
  readonly suspicion: number;
  readonly may_have_arrived: boolean;
  readonly enqueued_at: number;
  readonly due_at: number;
}

interface ClaimedRows {
  readonly token: string;
  readonly rows: readonly ClaimedRow[];
}

/** Other processes give events back, and commit late what they stored early: so often they are looked for before the front. */
const LOOK_BACK_MS = 1000;

/** Rows per transaction in work over many rows. */
const SLICE = 1000;

/**
 * Opens an outbox in a Postgres database, for any number of relays and deliverers.
 * @throws OutboxUnavailableError when the database cannot be used; the message says why and what to do.
 */
export async function openPostgresOutbox(options: PostgresOutboxOptions): Promise<Outbox> {
  const limits = resolveLimits(options);
  const schema = pg.escapeIdentifier(options.schema ?? 'hubrelay');
  const { pool, connect } = poolOf(options);
  await prepare(connect, schema).catch(async (error) => {
    if (pool !== options.pool) await pool.end();
    throw unavailable(error);
  });
  const db = new Database(connect);
  const sql = statementsFor(schema);
  const now = () => options.clock?.() ?? null;
  /** Never goes back, unless the clock that was given does. */
  const steadyNow = options.clock ?? (() => performance.timeOrigin + performance.now());
  const front = new ClaimFront();
  const group = groupEnqueues(store);
  let closing: Promise<void> | undefined;

  async function store(entries: readonly Entry[]): Promise<Set<EventKey>> {
    const columns = [
      entries.map(({ uuid }) => uuid),
      entries.map(({ sender }) => sender),
      entries.map(({ json }) => json),
      entries.map(({ bytes }) => bytes),
      entries.map(({ utk }) => utk),
    ];
    const values = [now(), ...columns, limits.maxEvents, limits.maxBytes, anyShard()];
    try {
      const rows = await db.query<{ key: EventKey }>(sql.enqueue, values, FULL);
      return new Set(rows.map(({ key }) => key));
    } catch (error) {
      if (error instanceof OutboxUnavailableError) throw error;
      throw new OutboxFullError(
        'The outbox is full. Check that delivery works, or raise maxEvents or maxBytes.',
      );
    }
  }

  /** A server's event whose uuid a page has used goes on under another. Only random ones can have been used by a page. */
  async function withOwnUuids(events: readonly HubSpotEvent[]): Promise<readonly HubSpotEvent[]> {
    const random = events.filter(({ uuid }) => isRandomUuid(uuid));
    if (random.length === 0) return events;
    const uuids = random.map(({ uuid }) => uuid);
    const rows = await db.query<{ key: EventKey; of_server: boolean }>(sql.owners, [uuids]);
    const ofPages = new Set(rows.flatMap(({ key, of_server }) => (of_server ? [] : [key])));
    return events.map((event) => (ofPages.has(eventKey(event)) ? withServerUuid(event) : event));
  }

  async function claimRows(request: ClaimRequest): Promise<ClaimedRows> {
    const { from: kind = 'fresh' } = request;
    if (kind !== 'fresh') return claimFrom(FROM_THE_START, request);
    const from = front.at(steadyNow());
    const claimed = await claimFrom(from, request).catch((error) => {
      front.reset();
      throw error;
    });
    const last = claimed.rows.at(-1);
    if (claimed.rows.length < request.maxEvents) front.reset();
    else if (last) {
      const waitMs = Math.min(request.leaseMs, LOOK_BACK_MS);
      front.advance({ dueAt: last.due_at, seq: last.seq }, steadyNow() + waitMs);
    }
    // What others gave back lies before the front.
    return last || from === FROM_THE_START ? claimed : claimRows(request);
  }

  async function claimFrom(
    { dueAt, seq }: DuePosition,
    request: ClaimRequest,
  ): Promise<ClaimedRows> {
    const { from = 'fresh', maxEvents, maxBytes, leaseMs } = request;
    const token = randomUUID();
    const values = [now(), maxEvents, maxBytes, leaseMs, token, dueAt, seq];
    return { token, rows: await db.query<ClaimedRow>(sql.claim(from), values) };
  }

  async function countOf(text: string, values: readonly unknown[]): Promise<number> {
    const [row] = await db.query<{ count: number }>(text, values);
    return row?.count ?? 0;
  }

  /** Runs slices until one comes up short. @returns the sum of their counts */
  async function inSlices(slice: () => Promise<number>): Promise<number> {
    let total = 0;
    let count = SLICE;
    while (count === SLICE) {
      count = await slice();
      total += count;
    }
    return total;
  }

  async function moveDead(statement: (filter: string) => string, filter: TakeFilter) {
    const where = whereOf(filter, dialectAfter(4));
    // Bounds the work, so that it ends though events go on dying.
    const [last] = await db.query<{ seq: number }>(sql.lastDead, []);
    return inSlices(() =>
      countOf(statement(where.sql), [now(), last?.seq, SLICE, anyShard(), ...where.values]),
    );
  }

  return {
    async enqueue(events, sender = 'page') {
      if (closing) throw new OutboxUnavailableError('The Postgres outbox is closed.');
      front.reveal({ dueAt: steadyNow(), seq: Number.POSITIVE_INFINITY });
      if (events.length === 0) return { stored: 0, known: 0 };
      const own = sender === 'server' ? await withOwnUuids(events) : events;
      return group.enqueue(own.map((event) => toEntry(event, sender)));
    },

    async claim(request) {
      const { rows, token } = await claimRows(request);
      return rows.map(
        ({ seq, event, attempts, suspicion, may_have_arrived, enqueued_at }) =>
          new JsonClaim({
            json: event,
            token: `${seq}.${token}`,
            attempts,
            suspicion,
            mayHaveArrived: may_have_arrived,
            enqueuedAt: enqueued_at,
          }),
      );
    },

    async ack(claims) {
      await db.query(sql.ack, [now(), ...tokensOf(claims), anyShard()]);
    },

    async retry(claims, { delayMs, countAttempt, suspect, mayHaveArrived = false, error }) {
      const [least, more] = suspicionAfter(suspect);
      const counts = [delayMs, countAttempt ? 1 : 0];
      const evidence = error === undefined ? null : JSON.stringify(error);
      const values = [...counts, evidence, more, least, mayHaveArrived];
      await db.query(sql.retry, [now(), ...tokensOf(claims), ...values]);
      front.reset();
    },

    async bury(claims, reason, error) {
      const { maxDead, maxDeadBytes } = deadLimitsFor(reason, limits);
      const values = [anyShard(), reason, JSON.stringify(error), maxDead, maxDeadBytes];
      const all = [now(), ...tokensOf(claims), ...values];
      const [row] = await db.query<{ dropped: number }>(sql.bury, all);
      return row?.dropped ?? 0;
    },

    async buryRejected(events) {
      let stored = 0;
      for (const { event, message } of events) {
        const { uuid, json, bytes, utk } = toEntry(event, 'page');
        const { maxDead, maxDeadBytes } = deadLimitsFor('rejected_by_policy', limits);
        const values = [uuid, json, bytes, utk, event.eventName, JSON.stringify({ message })];
        const bounds = [limits.maxRejected, maxDead, maxDeadBytes, anyShard()];
        const all = [now(), ...values, ...bounds];
        const [row] = await db.query<{ stored: boolean }>(sql.buryRejected, all);
        if (row?.stored) stored += 1;
      }
      return stored;
    },

    async pause() {
      await db.query(sql.pause, [now()]);
    },

    async resume() {
      await db.query(sql.resume, []);
      await inSlices(() => countOf(sql.makeDue, [now(), SLICE]));
      front.reset();
    },

    async stats() {
      const [row] = await db.query<Record<string, number | null>>(sql.stats, [now()]);
      const { oldest, paused, dropped_refused, dropped_expired, ...at } = row as Record<
        string,
        number
      >;
      const nextDueAt = earliest([at.free, at.suspect, at.leased]);
      const nextSuspectDueAt = earliest([at.suspect, at.suspect_leased]);
      return {
        ...countsOf(at),
        dropped: { refused_by_hubspot: dropped_refused ?? 0, expired: dropped_expired ?? 0 },
        ...(typeof oldest === 'number' && { oldestPendingAt: oldest }),
        ...(typeof at.fresh_due === 'number' && { freshDueAt: at.fresh_due }),
        ...(typeof paused === 'number'
          ? { pausedAt: paused }
          : {
              ...(nextDueAt !== undefined && { nextDueAt }),
              ...(nextSuspectDueAt !== undefined && { nextSuspectDueAt }),
            }),
      };
    },

    ...postgresPendingStore({
      db,
      schema,
      now,
      anyShard,
      deadLimits: deadLimitsFor('buried_by_operator', limits),
    }),

    async listDead({ limit, cursor, ...filter }) {
      const where = whereOf(filter, dialectAfter(3));
      const values = [...startOf(cursor), limit + 1, ...where.values];
      return pageOf(await db.query<DeadRow>(sql.list(where.sql), values), limit);
    },

    replay: (filter) => moveDead(sql.replay, filter),

    purge: (filter) => moveDead(sql.purge, filter),

    async forget(key) {
      const pending = await countOf(sql.forgetPending(key), [key.value, anyShard()]);
      return pending + (await moveDead(sql.purge, { subject: key }));
    },

    async sweep() {
      // First, because it makes room for what expires.
      const before = (options.clock?.() ?? Date.now()) - limits.retentionMs + 1;
      const purged = await moveDead(sql.purge, { before });
      let dropped = 0;
      const old = await inSlices(async () => {
        const { maxDead, maxDeadBytes, horizonMs } = limits;
        const values = [now(), horizonMs, SLICE, EXPIRED, anyShard(), maxDead, maxDeadBytes];
        const [row] = await db.query<{ count: number; dropped: number }>(sql.expire, values);
        dropped += row?.dropped ?? 0;
        return row?.count ?? 0;
      });
      await db.query(sql.mergeDeadBytes, []);
      await inSlices(() => countOf(sql.forgetDelivered, [now(), limits.dedupeWindowMs, SLICE]));
      return { expired: old - dropped, dropped, purged };
    },

    async close() {
      closing ??= closeAll();
      await closing;
    },
  };

  async function closeAll(): Promise<void> {
    await group.idle();
    db.closed = true;
    if (pool !== options.pool) await pool.end();
  }
}

async function prepare(connect: Connect, schema: string): Promise<void> {
  const { rows } = await onConnection(connect, (client) =>
    client.query(
      `SELECT current_setting('synchronous_commit') AS commit, current_setting('synchronous_standby_names') AS standbys`,
    ),
  );
  const problem = durabilityProblem(rows[0].commit, rows[0].standbys);
  if (problem !== undefined) throw new Error(problem);
  await migrate(connect, schema);
}

function durabilityProblem(commit: string, standbys: string): string | undefined {
  if (commit === 'off') {
    return 'synchronous_commit is off: stored events may be lost. Turn it on for this user.';
  }
  if (commit === 'local' && standbys !== '') {
    return 'synchronous_commit is local: a failover would lose stored events. Turn it on for this user.';
  }
  return undefined;
}

function poolOf({ pool, connectionString }: PostgresOutboxOptions): PrimaryPool {
  return pool ? { pool, connect: () => pool.connect() } : openPrimaryPool(connectionString);
}

function countsOf(row: Record<string, number>) {
  const { accepted = 0, delivered = 0, dead = 0, pending = 0, removed = 0, claimed = 0 } = row;
  return { accepted, delivered, dead, pending, removed, claimed };
}

const anyShard = () => Math.floor(Math.random() * COUNTER_SHARDS);

function toEntry(event: HubSpotEvent, sender: SenderKind): Entry {
  const json = JSON.stringify(event);
  const key = outboxKey(event, sender);
  const { uuid, utk = null } = event;
  return { uuid, key, sender, utk, json, bytes: Buffer.byteLength(json) };
}

/** The columns of a batch of tokens: row numbers and claims. */
function tokensOf(claims: readonly Claim[]): [seqs: string[], claims: string[]] {
  const tokens = claims.map(({ token }) => token.split('.') as [string, string]);
  return [tokens.map(([seq]) => seq), tokens.map(([, claim]) => claim)];
}
