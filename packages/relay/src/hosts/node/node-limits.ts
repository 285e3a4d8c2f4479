import type { LimitSettings } from '../../config/limits-from-env.ts';
import type { RelayLimits } from '../../receive/relay-options.ts';
import { memoryLimiter, postgresLimiter } from './flexible-limiter.ts';

/** Makes limiters that count where the settings say. */
export function nodeLimits({
  requestsPerAddress,
  eventsPerVisitor,
  database,
}: LimitSettings): RelayLimits {
  const limiter = (points: number) =>
    database ? postgresLimiter(database.reveal(), { points }) : memoryLimiter({ points });
  return {
    ...(requestsPerAddress > 0 && { address: limiter(requestsPerAddress) }),
    ...(eventsPerVisitor > 0 && { visitor: limiter(eventsPerVisitor) }),
  };
}
