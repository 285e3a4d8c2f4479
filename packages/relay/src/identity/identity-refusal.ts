import { problem, tryLater } from '../receive/problem.ts';
import type { Identified } from './identify.ts';

/**
 * The answer to a request that cannot go on as it is, or undefined. Without `required` that is only the rare one that has
 * neither a visitor nor a key set to check its identity with: later it may have.
 */
export function identityRefusal(
  jwt: string | undefined,
  { subject, failure }: Identified,
  required: boolean,
  headers: Record<string, string>,
): Response | undefined {
  const isVisitor = subject.utk !== undefined;
  if (failure === 'keys_unavailable' && (required || !isVisitor)) {
    return tryLater('overloaded', 'The identity cannot be checked now.', 30_000, headers);
  }
  if (!required || (jwt !== undefined && !failure)) return undefined;
  const why = failure ? `The identity was not believed: ${failure}.` : 'There is none.';
  return problem(
    'identity_required',
    `${why} Send a JWT in "identity" that your server signed with signIdentity().`,
    { headers },
  );
}
