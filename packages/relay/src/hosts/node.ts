/**
 * The relay on Node.
 * @module
 */
export { type LimiterOptions, memoryLimiter, postgresLimiter } from './node/flexible-limiter.ts';
export { type Listening, type ListenOptions, listen } from './node/listen.ts';
export { type NodeSettings, nodeSettingsFromEnv } from './node/node-from-env.ts';
export type { DurableStorage } from './node/queued-delivery.ts';
export { runNodeRelay } from './node/run-node-relay.ts';
export { type NodeRelay, type NodeRelayOptions, startNodeRelay } from './node/start-node-relay.ts';
