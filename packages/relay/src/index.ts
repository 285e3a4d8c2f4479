/**
 * A relay between pages and HubSpot's custom behavioral events API, over Web standards.
 * @module
 */
export type * from './accept/acceptor.ts';
export { createRelay } from './create-relay.ts';
export type * from './hubspot/event.ts';
export { type LogFields, type Logger, silentLogger } from './log.ts';
export {
  InvalidOptionsError,
  type Readiness,
  type RelayOptions,
  type RelayScript,
} from './options.ts';
export type * from './outbox/outbox.ts';
export { OutboxFullError } from './outbox/outbox.ts';
export type * from './outcome.ts';
export type * from './policy/policy.ts';
export { Redacted } from './redacted.ts';
