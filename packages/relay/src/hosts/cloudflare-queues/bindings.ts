/**
 * The parts of Cloudflare's bindings that are used here, so that their types need not be installed.
 * https://developers.cloudflare.com/queues/configuration/javascript-apis/
 */
export interface QueueProducer {
  sendBatch(
    messages: Iterable<QueueMessage>,
    options?: { delaySeconds?: number },
  ): Promise<unknown>;
  metrics(): Promise<QueueMetrics>;
}

export interface QueueMetrics {
  readonly backlogCount: number;
  /** Absent, or the epoch, when there is none. */
  readonly oldestMessageTimestamp?: Date;
}

export interface QueueMessage {
  readonly body: unknown;
  readonly contentType: 'json';
}

export interface ReceivedBatch {
  readonly queue: string;
  readonly messages: readonly ReceivedMessage[];
}

export interface ReceivedMessage {
  readonly timestamp: Date;
  readonly body: unknown;
  /** 1 the first time. */
  readonly attempts: number;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
}

/** https://developers.cloudflare.com/d1/worker-api/ */
export interface D1 {
  prepare(sql: string): D1Statement;
  batch(statements: D1Statement[]): Promise<unknown>;
}

export interface D1Statement {
  bind(...values: unknown[]): D1Statement;
  all<Row>(): Promise<{ results: Row[] }>;
  run(): Promise<{ meta: { changes: number } }>;
}
