import type { IdentityFailure, IdentityVerifier } from './identity.ts';
import type { Subject } from './subject.ts';

/** Whose events they are, as far as the relay could verify it. */
export interface Identified {
  readonly subject: Subject;
  /** Why an identity that was sent is not accepted. */
  readonly failure?: IdentityFailure;
  /** How long ago it expired by the relay's clock, seconds. Of one that has. */
  readonly expiredForS?: number;
}

/**
 * Takes the visitor as before, and the identity only when it is signed. One that is not accepted takes nothing away:
 * the events go on as the visitor's.
 */
export async function identify(
  jwt: string | undefined,
  utk: string | undefined,
  verifier: IdentityVerifier | undefined,
): Promise<Identified> {
  const visitor = utk ? { utk } : {};
  if (jwt === undefined) return { subject: visitor };
  if (!verifier) return { subject: visitor, failure: 'not_configured' };
  const result = await verifier.verify(jwt, utk);
  if (!result.ok) {
    const { reason, expiredForS } = result;
    return { subject: visitor, failure: reason, ...(expiredForS !== undefined && { expiredForS }) };
  }
  const { ok: _, ...named } = result;
  return { subject: { ...visitor, ...named } };
}
