import { setTimeout as sleep } from 'node:timers/promises';
import { exchange, type RawAnswer, type RawExchange } from './raw-http.ts';

/** How often it comes again. */
const TIMES = 3;

/**
 * As `exchange`, but comes again, as a page and a server do, when it is told to come later: the HubSpot of the tests shares a
 * busy machine with the relay, and a call that takes too long is answered so rightly. An input that provokes it is answered so
 * again.
 */
export async function exchangeAsSender(wanted: RawExchange, left = TIMES): Promise<RawAnswer> {
  const answer = await exchange(wanted);
  const retryAfter = answer.headers['retry-after'];
  if (answer.status !== 503 || retryAfter === undefined || left === 0) return answer;
  await sleep(Number(retryAfter) * 1000);
  return exchangeAsSender(wanted, left - 1);
}
