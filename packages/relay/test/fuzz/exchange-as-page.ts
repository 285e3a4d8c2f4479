import { setTimeout as sleep } from 'node:timers/promises';
import { exchange, type RawAnswer, type RawExchange } from './raw-http.ts';

/**
 * As `exchange`, but comes again once, as a page does, when it is told that HubSpot does not answer just now: the HubSpot of the
 * tests shares a busy machine with the relay, and a call that takes too long is answered so rightly. An input that provokes it
 * is answered so again.
 */
export async function exchangeAsPage(wanted: RawExchange): Promise<RawAnswer> {
  const answer = await exchange(wanted);
  if (answer.status !== 503 || !answer.body.includes('"hubspot_unavailable"')) return answer;
  await sleep(Number(answer.headers['retry-after']) * 1000);
  return exchange(wanted);
}
