import type { Clock } from '../core/clock.ts';
import type { HubSpotAddress } from './address.ts';
import type { HubSpotAnswer } from './answer.ts';
import type { EventJson } from './event.ts';
import { isAboutAnAddress } from './outcome-of.ts';
import type { Post } from './post.ts';

type Send = (events: readonly EventJson[], deadlineAt: number) => Promise<HubSpotAnswer>;

/** So often the next version is tried for an answer that ends no event, while its address is not there either. */
const SUCCESSOR_MS = 30_000;

/** It is there, and gave the event another answer than yes. That may be the event's own fault: another event is tried soon. */
const OTHER_EVENT_MS = 1000;

/**
 * Sends events to the address that is there. An answer that may be about the address (404, 405, 410) is put to the next
 * version's address: when that one takes the event, the relay stays there. No event may end by the word of an address that is gone.
 */
export function createSend(address: HubSpotAddress, post: Post, clock: Clock): Send {
  let trying: Promise<unknown> | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let notAgainForMs = 0;

  function mayTrySuccessor(): boolean {
    const sinceMs = clock.now() - triedAt;
    return sinceMs < 0 || sinceMs >= notAgainForMs;
  }

  /** Posts to the address of now. An answer that comes when the relay has moved on says nothing about the present address. */
  async function ask(events: readonly EventJson[], deadlineAt: number) {
    const url = address.url(events.length);
    const answer = await post(url, events, deadlineAt);
    const hasMoved = () => address.url(events.length) !== url;
    if (!hasMoved()) {
      if (isYes(answer)) address.works();
      else if (isDenied(answer)) address.isDenied();
    }
    return { answer, hasMoved };
  }

  /** @returns undefined when the successor gives the same answer */
  async function trySuccessor(url: string, events: readonly EventJson[], deadlineAt: number) {
    triedAt = clock.now();
    notAgainForMs = SUCCESSOR_MS;
    const answer = await post(url, events, deadlineAt);
    if (isAboutAnAddress(answer)) return undefined;
    if (isYes(answer)) address.moveOn();
    else if (answer.kind === 'response') notAgainForMs = OTHER_EVENT_MS;
    return answer;
  }

  return async (events, deadlineAt) => {
    const { answer, hasMoved } = await ask(events, deadlineAt);
    if (!isAboutAnAddress(answer)) return answer;
    if (hasMoved()) return (await ask(events, deadlineAt)).answer;
    const successor = address.successor();
    // Of a batch its events are asked for one by one: sendEvents.
    if (successor === undefined || events.length > 1) return answer;
    if (mayEndTheEvent(answer) || mayTrySuccessor()) {
      const tried = trySuccessor(successor, events, deadlineAt);
      trying = tried;
      return (await tried) ?? answer;
    }
    await trying;
    return hasMoved() ? (await ask(events, deadlineAt)).answer : answer;
  };
}

/** With HubSpot's words it may; any other such answer is a pause, and the event is sent again anyway. */
function mayEndTheEvent(answer: HubSpotAnswer): boolean {
  return answer.kind === 'response' && answer.error !== undefined;
}

function isYes(answer: HubSpotAnswer): boolean {
  return answer.kind === 'response' && answer.status < 300 && !answer.isForeign;
}

function isDenied(answer: HubSpotAnswer): boolean {
  return (
    isAboutAnAddress(answer) || (answer.kind === 'response' && [401, 403].includes(answer.status))
  );
}
