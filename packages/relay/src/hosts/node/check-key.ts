import type { HubSpotAnswer } from '../../hubspot/answer.ts';
import { createHubSpotClient, type HubSpotClientOptions } from '../../hubspot/client.ts';
import type { Logger } from '../../observe/log.ts';

/**
 * Asks HubSpot at the start whether it takes the key, so that a wrong one is noticed before the first event. The event that it
 * sends has nothing in it: HubSpot looks at the key first, and then refuses the event. The relay accepts events whatever the answer.
 * @returns ends the question
 */
export function checkKey(hubspot: HubSpotClientOptions, log: Logger): () => void {
  const stop = new AbortController();
  const client = createHubSpotClient({
    ...hubspot,
    fetch: (input, init) => {
      const signals = init?.signal ? [init.signal, stop.signal] : [stop.signal];
      return fetch(input, { ...init, signal: AbortSignal.any(signals) });
    },
  });
  void client.send(['{}']).then((answer) => {
    const problem = stop.signal.aborted ? undefined : keyProblem(answer);
    if (problem !== undefined) log.error(wordsOf(answer), problem);
  });
  return () => stop.abort();
}

/** undefined where the key is accepted, or the answer says nothing about it: an outage is none of its faults. */
export function keyProblem(answer: HubSpotAnswer): string | undefined {
  if (answer.kind === 'failure') {
    return answer.reason === 'credential' ? `${NOT_TAKEN}: check HUBSPOT_REFRESH_TOKEN` : undefined;
  }
  if (answer.isForeign) return undefined;
  if (answer.status === 401) {
    return `${NOT_TAKEN}: make a new one (Development > Keys > Service keys), set it, restart the relay`;
  }
  // HubSpot says why it refuses an account; a firewall before it may answer 403, too.
  if (answer.status !== 403 || answer.error === undefined) return undefined;
  return answer.error?.category === 'MISSING_SCOPES'
    ? `HubSpot’s key lacks the scope analytics.behavioral_events.send, and ${WAITING}: add the scope to it`
    : `HubSpot refuses the account, and ${WAITING}: does its subscription have custom events? hubrelay doctor tells more`;
}

const WAITING = 'events are not delivered until it is put right';
const NOT_TAKEN = `HubSpot does not accept the key, and ${WAITING}`;

function wordsOf(answer: HubSpotAnswer) {
  if (answer.kind === 'failure') return { message: answer.message };
  return { status: answer.status, ...answer.error };
}
