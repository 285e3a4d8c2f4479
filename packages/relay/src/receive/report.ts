import type { Issue, Rejection } from '@hubrelay/protocol';
import type { IdentityFailure } from '../identity/identity.ts';
import type { Logger } from '../observe/log.ts';
import type { DroppedProperty } from '../policy/policy.ts';
import type { LabelValue, Tally } from './tally.ts';

/** What the owner should hear about a request that was let in. */
export interface Findings {
  /** Origin of the page, or name of the server's key. */
  readonly from: string;
  readonly dropped: readonly DroppedProperty[];
  readonly notes?: readonly Issue[];
  readonly identityFailure?: IdentityFailure | undefined;
  readonly rejected?: readonly Rejection[];
}

/** A request can hold thousands of mistakes; a line of the log shows the first of them. */
const SHOWN = 10;

/** A request of which nothing was taken, because it could not be read. */
export interface RefusedRequest {
  readonly from: string;
  readonly code: LabelValue<'request_refused'>;
  readonly issues?: readonly Issue[];
}

export function reportRefused(
  { from, code, issues = [] }: RefusedRequest,
  { log, tally }: { log: Logger; tally: Tally },
): void {
  tally('request_refused', code, 1);
  log.warn({ from, code, issues: issues.slice(0, SHOWN) }, 'refused a request');
}

/** Events that were not taken because an identity is required. */
export interface Unidentified {
  readonly from: string;
  readonly reason: LabelValue<'identity_failed'>;
  readonly events: number;
  readonly expiredForS?: number | undefined;
}

export function reportUnidentified(
  { from, reason, events, expiredForS }: Unidentified,
  { log, tally }: { log: Logger; tally: Tally },
): void {
  tally('identity_failed', reason, 1);
  tally('event_rejected', 'identity_refused', events);
  const since = expiredForS === undefined ? {} : { expiredForS };
  log.warn({ from, reason, events, ...since }, 'refused events without a valid identity');
}

export function report(findings: Findings, { log, tally }: { log: Logger; tally: Tally }): void {
  const { from, dropped, notes = [], identityFailure, rejected = [] } = findings;
  for (const { code } of rejected) tally('event_rejected', code, 1);
  for (const { reason } of dropped) tally('property_dropped', reason, 1);
  if (notes.length > 0) log.info({ from, notes: notes.slice(0, SHOWN) }, 'repaired a batch');
  if (dropped.length > 0) {
    log.info({ from, dropped: dropped.slice(0, SHOWN) }, 'left properties out');
  }
  if (rejected.length > 0) {
    log.warn({ from, rejected: rejected.slice(0, SHOWN) }, 'rejected events');
  }
  if (identityFailure) {
    tally('identity_failed', identityFailure, 1);
    log.warn({ from, reason: identityFailure }, 'could not verify an identity');
  }
}
