import type { Switches } from '@hubrelay/fake-hubspot';

/** What a question came to. */
export interface Finding {
  readonly question: string;
  /** The switch of the fake HubSpot that the answer decides. */
  readonly decides: keyof Switches;
  /** Absent when the answers do not decide it. */
  readonly value?: string | number;
  /** One sentence: what was seen. */
  readonly seen: string;
}

/** Decides one switch by what HubSpot answers. */
export interface Question {
  readonly decides: keyof Switches;
  readonly question: string;
  ask(known: Known): Promise<Pick<Finding, 'value' | 'seen'>>;
}

/** What earlier questions came to. */
export type Known = Readonly<Partial<Record<keyof Switches, string | number>>>;

export const isTaken = (status: number) => status >= 200 && status < 300;
/** HubSpot refused the event, and did not merely fail. */
export const isRefused = (status: number) =>
  status >= 400 && status < 500 && ![401, 403, 423, 429].includes(status);
