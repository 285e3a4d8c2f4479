/**
 * A relay between pages and HubSpot's custom behavioral events API, over Web standards.
 * @module
 */
export type * from './accept/acceptor.ts';
export { type DirectAcceptor, type DirectOptions, directAcceptor } from './accept/direct.ts';
export { type OutboxAcceptorOptions, outboxAcceptor } from './accept/outbox-acceptor.ts';
export type * from './challenge/challenge.ts';
export {
  SITE_VERIFY_URLS,
  type SiteVerifyOptions,
  siteVerify,
} from './challenge/site-verify.ts';
export { type Env, EnvReader } from './config/env-reader.ts';
export { unknownSettings } from './config/unknown-settings.ts';
export { type Clock, systemClock } from './core/clock.ts';
export { InvalidOptionsError } from './core/invalid-options-error.ts';
export { Redacted } from './core/redacted.ts';
export { createRelay } from './create-relay.ts';
export { type BackoffRange, backoffMs } from './delivery/backoff.ts';
export type * from './delivery/delivered-sample.ts';
export {
  createDeliverer,
  type Deliverer,
  type DelivererStatus,
  type StopOptions,
  type StopReport,
} from './delivery/deliverer.ts';
export type { DelivererOptions } from './delivery/deliverer-options.ts';
export type * from './delivery/event-step.ts';
export type { LaneStatus, OpenLane, ShutCause, ShutLane } from './delivery/lane.ts';
export { logCall } from './delivery/log-call.ts';
export { createMetrics, type RelayMetrics } from './delivery/metrics.ts';
export { type ObservedQueue, observeQueue } from './delivery/observe-queue.ts';
export type { CallReport } from './delivery/send-events.ts';
export type { StepHistory, StepLog, TailPage, TailQuery } from './delivery/steps.ts';
export { originProblem } from './http/origin-entry.ts';
export type * from './http/peer.ts';
export type { Readiness } from './http/readiness.ts';
export type { AddressStatus, ApiVersion, BatchMode, HubSpotAddress } from './hubspot/address.ts';
export type * from './hubspot/answer.ts';
export {
  createHubSpotClient,
  type HubSpotClient,
  type HubSpotClientOptions,
} from './hubspot/client.ts';
export {
  accessToken,
  type Credential,
  hapiKey,
  type OAuthOptions,
  oauth,
  privateAppLegacy,
} from './hubspot/credential.ts';
export type * from './hubspot/event.ts';
export type * from './hubspot/outcome.ts';
export { parseRetryAfter } from './hubspot/retry-after.ts';
export type * from './identity/identity.ts';
export type { IdentityKeys, IdentitySecret } from './identity/identity-keys.ts';
export { type JwtVerifierOptions, jwtVerifier } from './identity/jwt-verifier.ts';
export {
  mintRelayKey,
  type ParsedRelayKeys,
  parseRelayKeys,
  type RelayKey,
} from './identity/relay-key.ts';
export type * from './limit/limiter.ts';
export { type LogFields, type Logger, silentLogger } from './observe/log.ts';
export { relayMeter } from './observe/meter.ts';
export type * from './outbox/outbox.ts';
export { OutboxFullError } from './outbox/outbox.ts';
export type * from './outbox/pending-event.ts';
export { anyEventPolicy } from './policy/any-event.ts';
export { isSendableOption } from './policy/convert.ts';
export * from './policy/lock.ts';
export { type LockPolicyOptions, lockPolicy } from './policy/lock-policy.ts';
export type * from './policy/policy.ts';
export { RELAY_PROPERTIES } from './policy/relay-properties.ts';
export type { Enrichment } from './receive/enrich.ts';
export type { PageTotals } from './receive/page-reports.ts';
export type { RelayLimits, RelayOptions } from './receive/relay-options.ts';
export type { Counted, Tally } from './receive/tally.ts';
export type { RelayScript } from './script/relay-script.ts';
export {
  createReadBackClient,
  type ReadBackClient,
  type ReadBackClientOptions,
} from './verify/read-back-client.ts';
export { type Verdict, type VerdictReason, type VerdictState, wordsOf } from './verify/verdict.ts';
export {
  READ_BACK_LAG_MS,
  type Verified,
  type VerifiedEvent,
  type VerifyOptions,
  verifyEvents,
  verifyUnremembered,
} from './verify/verify-events.ts';
