/** The share of an isolate's time that suspects get. */
export interface SuspectShare {
  /** There were fresh events. */
  sawFresh(now: number): void;
  /**
   * When they may begin; `now` or a time in the past when they may now.
   * @param isShut whether the one event that is tried decides about all others
   */
  startsAt(now: number, isShut: boolean): number;
  /** @returns to be called at their end */
  begin(now: number): (now: number) => void;
}

/** A fifth. */
const REST_FACTOR = 4;

/** For so long after a fresh event the next one is left to be the probe. */
const FRESH_MS = 30_000;

/** Others are under way: they take seconds. */
const AGAIN_MS = 2000;

/**
 * While HubSpot takes events and some get no answer, each of these holds a batch of the queue for seconds, and fresh events wait
 * behind it. After a lot of suspects others rest four times as long as it took.
 */
export function createSuspectShare(): SuspectShare {
  let isUnderWay = false;
  let restsUntil = 0;
  let freshAt = Number.NEGATIVE_INFINITY;

  return {
    sawFresh(now) {
      freshAt = now;
    },
    startsAt(now, isShut) {
      if (isUnderWay) return now + AGAIN_MS;
      return isShut && now < freshAt + FRESH_MS ? freshAt + FRESH_MS : restsUntil;
    },
    begin(startedAt) {
      isUnderWay = true;
      return (now) => {
        isUnderWay = false;
        restsUntil = now + REST_FACTOR * Math.max(0, now - startedAt);
      };
    },
  };
}
