import type { Identified } from './identify.ts';
import type { IdentityFailure } from './identity.ts';

/** Why a request cannot go on. */
export interface IdentityRefusal {
  readonly reason: IdentityFailure | 'missing';
  /** `later`: the keys cannot be had now. `expired`: with a fresh identity. `required`: with a valid one. */
  readonly until: 'later' | 'expired' | 'required';
  /** For the sender: what to do. */
  readonly detail: string;
}

/**
 * Whether a request cannot go on as it is, because of its identity. Without `required` that is only the rare one that has
 * neither a visitor nor a key set to check its identity with: later it may have. An expired identity is temporary too: a
 * tab that was open for longer has its events still, and the site can give it a fresh identity.
 */
export function identityRefusal(
  jwt: string | undefined,
  { subject, failure, expiredForS }: Identified,
  required: boolean,
): IdentityRefusal | undefined {
  const isVisitor = subject.utk !== undefined;
  if (failure === 'keys_unavailable' && (required || !isVisitor)) {
    return { reason: failure, until: 'later', detail: 'The identity cannot be checked now.' };
  }
  if (!required || (jwt !== undefined && !failure)) return undefined;
  if (failure === 'expired') {
    return { reason: failure, until: 'expired', detail: `${expiredText(expiredForS)} ${EXPIRED}` };
  }
  const why = failure ? `The identity could not be verified: ${failure}.` : 'There is none.';
  return { reason: failure ?? 'missing', until: 'required', detail: `${why} ${REQUIRED}` };
}

function expiredText(seconds: number | undefined): string {
  return seconds === undefined
    ? 'The identity has expired.'
    : `The identity expired ${seconds} seconds ago by the relay’s clock.`;
}

const EXPIRED =
  'Keep the events, call identify() with a fresh one, and send them again. If fresh ones are expired, too, a clock is wrong.';

const REQUIRED = 'Send a JWT in "identity" that your server signed with signIdentity().';
