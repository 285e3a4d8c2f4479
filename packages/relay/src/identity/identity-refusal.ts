import { problem, tryLater } from '../http/problem.ts';
import type { Identified } from './identify.ts';
import type { IdentityFailure } from './identity.ts';

export interface IdentityRefusal {
  readonly reason: IdentityFailure | 'missing';
  readonly response: Response;
}

/**
 * The answer to a request that cannot go on as it is, or undefined. Without `required` that is only the rare one that has
 * neither a visitor nor a key set to check its identity with: later it may have. An expired identity is temporary too: a
 * tab that was open for longer has its events still, and the site can give it a fresh identity.
 */
export function identityRefusal(
  jwt: string | undefined,
  { subject, failure }: Identified,
  required: boolean,
  headers: Record<string, string>,
): IdentityRefusal | undefined {
  const isVisitor = subject.utk !== undefined;
  if (failure === 'keys_unavailable' && (required || !isVisitor)) {
    const detail = 'The identity cannot be checked now.';
    return { reason: failure, response: tryLater('overloaded', detail, 30_000, headers) };
  }
  if (!required || (jwt !== undefined && !failure)) return undefined;
  return { reason: failure ?? 'missing', response: refuse(failure, headers) };
}

function refuse(failure: IdentityFailure | undefined, headers: Record<string, string>): Response {
  if (failure === 'expired') {
    const detail =
      'The identity has expired: keep the events, call identify() with a fresh one, and send them again.';
    return problem('identity_expired', detail, { headers });
  }
  const why = failure ? `The identity could not be verified: ${failure}.` : 'There is none.';
  return problem(
    'identity_required',
    `${why} Send a JWT in "identity" that your server signed with signIdentity().`,
    { headers },
  );
}
