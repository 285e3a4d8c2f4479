import type { EventJson, HubSpotEvent } from '../hubspot/event.ts';
import type { Claim } from './outbox.ts';

/** A claim of an event that is stored as JSON. */
export class JsonClaim implements Claim {
  readonly json: EventJson;
  readonly token: string;
  readonly attempts: number;
  readonly enqueuedAt: number;

  constructor(json: EventJson, token: string, attempts: number, enqueuedAt: number) {
    this.json = json;
    this.token = token;
    this.attempts = attempts;
    this.enqueuedAt = enqueuedAt;
  }

  get event(): HubSpotEvent {
    return JSON.parse(this.json);
  }
}
