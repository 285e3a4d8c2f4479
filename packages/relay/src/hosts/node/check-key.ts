import { type Clock, systemClock } from '../../core/clock.ts';
import type { Readiness } from '../../http/readiness.ts';
import type { HubSpotAnswer } from '../../hubspot/answer.ts';
import type { HubSpotClient } from '../../hubspot/client.ts';
import type { Logger } from '../../observe/log.ts';

/** How often a refused key is tried again while no event does it. */
const AGAIN_MS = 900_000;

/** Whether HubSpot takes the key, known before the first event. */
export interface KeyWatch {
  /** Hears when HubSpot takes an event, which is newer than the answer at the start. */
  listening(client: HubSpotClient): HubSpotClient;
  /** Not ready while the key is refused. */
  telling(readiness: () => Promise<Readiness>): () => Promise<Readiness>;
  /** Asks HubSpot now, and again while it refuses. */
  start(): void;
  stop(): void;
  isRefused(): boolean;
}

/**
 * Asks HubSpot at the start whether it takes the key, so that a wrong one is noticed before the first event. The event that it
 * sends has nothing in it: HubSpot looks at the key first, and then refuses the event. The relay accepts events whatever the answer.
 * @param ask a client with the same credential, which must not be the one that is listened to
 */
export function watchKey(
  ask: Pick<HubSpotClient, 'send'>,
  log: Logger,
  clock: Clock = systemClock,
): KeyWatch {
  let isRefused = false;
  let isStopped = false;
  let heardAt = Number.NEGATIVE_INFINITY;
  let cancel = () => {};

  function hear(answer: HubSpotAnswer): void {
    const isTaken = answer.kind === 'response' && answer.status >= 200 && answer.status < 300;
    if (!isTaken || answer.isForeign) return;
    heardAt = clock.monotonic();
    isRefused = false;
    cancel();
  }

  async function look(): Promise<void> {
    const askedAt = clock.monotonic();
    const answer = await ask.send(['{}']);
    if (isStopped || heardAt > askedAt) return;
    const problem = keyProblem(answer);
    if (problem !== undefined) log.error(wordsOf(answer), problem);
    else if (isRefused && isKnown(answer)) log.info({}, 'HubSpot takes the key now');
    isRefused = problem !== undefined || (isRefused && !isKnown(answer));
    if (isRefused) cancel = clock.schedule(() => void look(), AGAIN_MS);
  }

  return {
    listening: (client) => ({
      ...client,
      async send(events, timeoutMs) {
        const answer = await client.send(events, timeoutMs);
        hear(answer);
        return answer;
      },
    }),
    telling: (readiness) => async () => {
      const { ready, details } = await readiness();
      return isRefused
        ? { ready: false, details: { ...details, key: 'refused' } }
        : { ready, details };
    },
    start: () => void look(),
    isRefused: () => isRefused,
    stop() {
      isStopped = true;
      cancel();
    },
  };
}

/** The answer says of the key that it is good. */
function isKnown(answer: HubSpotAnswer): boolean {
  return answer.kind === 'response' && !answer.isForeign && answer.status === 400;
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
