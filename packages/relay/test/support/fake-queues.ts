import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type {
  D1,
  D1Statement,
  QueueMessage,
  QueueProducer,
  ReceivedMessage,
} from '../../src/hosts/cloudflare-queues/bindings.ts';

export interface FakeQueue extends QueueProducer {
  readonly bodies: unknown[];
}

/** Keeps what is sent to it. */
export function fakeQueue(): FakeQueue {
  const bodies: unknown[] = [];
  return {
    bodies,
    async sendBatch(messages: Iterable<QueueMessage>) {
      for (const { body } of messages) bodies.push(structuredClone(body));
    },
    metrics: async () => ({ backlogCount: bodies.length }),
  };
}

/** A message as a consumer gets it, and what the consumer made of it: as in workerd its first word counts. */
export interface FakeMessage extends ReceivedMessage {
  readonly fate: () => 'acknowledged' | { readonly retryInSeconds: number | undefined } | undefined;
}

export function fakeMessage(body: unknown, timestamp = Date.now(), attempts = 1): FakeMessage {
  let fate: ReturnType<FakeMessage['fate']>;
  return {
    body,
    attempts,
    timestamp: new Date(timestamp),
    ack: () => {
      fate ??= 'acknowledged';
    },
    retry: (options) => {
      fate ??= { retryInSeconds: options?.delaySeconds };
    },
    fate: () => fate,
  };
}

export interface FakeD1 extends D1 {
  /** While true, every statement fails. */
  isDown: boolean;
  /** Statements so far, those of batches, too: each is a query that the platform counts. */
  queries: number;
}

/** D1 is SQLite behind an API of its own: here in memory. */
export function fakeD1(): FakeD1 {
  const db = new DatabaseSync(':memory:');

  function prepare(sql: string) {
    if (fake.isDown) throw new Error('D1_ERROR: no answer');
    fake.queries += 1;
    return db.prepare(sql);
  }

  function statement(sql: string, values: readonly SQLInputValue[]): D1Statement {
    return {
      bind: (...bound) => statement(sql, bound as SQLInputValue[]),
      all: async <Row>() => ({ results: prepare(sql).all(...values) as Row[] }),
      run: async () => ({ meta: { changes: Number(prepare(sql).run(...values).changes) } }),
    };
  }

  const fake: FakeD1 = {
    isDown: false,
    queries: 0,
    prepare: (sql) => statement(sql, []),
    async batch(statements) {
      for (const one of statements) await one.run();
    },
  };
  return fake;
}
