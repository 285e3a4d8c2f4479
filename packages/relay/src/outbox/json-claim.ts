import type { EventJson, HubSpotEvent } from '../hubspot/event.ts';
import type { Claim } from './outbox.ts';

/** A claim of an event that is stored as JSON. */
export class JsonClaim implements Claim {
  readonly json: EventJson;
  readonly token: string;
  readonly attempts: number;
  readonly suspicion: number;
  readonly mayHaveArrived: boolean;
  readonly enqueuedAt: number;

  constructor({
    json,
    token,
    attempts,
    suspicion,
    mayHaveArrived,
    enqueuedAt,
  }: Omit<Claim, 'event'>) {
    this.json = json;
    this.token = token;
    this.attempts = attempts;
    this.suspicion = suspicion;
    this.mayHaveArrived = mayHaveArrived;
    this.enqueuedAt = enqueuedAt;
  }

  get event(): HubSpotEvent {
    return JSON.parse(this.json);
  }
}
