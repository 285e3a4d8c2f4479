import { systemClock } from '../../core/clock.ts';
import type { Redacted } from '../../core/redacted.ts';
import type { DeliveredSample } from '../../delivery/delivered-sample.ts';
import type { HubSpotClientOptions } from '../../hubspot/client.ts';
import type { Logger } from '../../observe/log.ts';
import { relayMeter } from '../../observe/meter.ts';
import { createReadBackClient } from '../../verify/read-back-client.ts';
import { startScheduledSample } from '../../verify/scheduled-sample.ts';

export interface VerifySample {
  /** So many of each quarter of an hour. */
  readonly events: number;
  /** Of a key of its own, that can read. */
  readonly token: Redacted;
}

interface Tools {
  readonly hubspot: HubSpotClientOptions;
  readonly delivered: DeliveredSample;
  readonly fetch: typeof fetch;
  readonly log: Logger;
}

/** Reads delivered events back, where the relay's HubSpot is. @returns the stop: no question goes on after it */
export function startVerifySample({ events, token }: VerifySample, tools: Tools): () => void {
  const { hubspot, delivered, fetch, log } = tools;
  const stopping = new AbortController();
  const client = createReadBackClient({
    token,
    baseUrl: hubspot.baseUrl,
    apiVersion: hubspot.apiVersion ?? 'v3',
    fetch,
    clock: systemClock,
    signal: stopping.signal,
  });
  const meter = relayMeter();
  const stop = startScheduledSample({ client, delivered, events, clock: systemClock, log, meter });
  return () => {
    stop();
    stopping.abort();
  };
}
