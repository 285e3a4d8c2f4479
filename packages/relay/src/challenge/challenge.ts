/** Asks for proof that a person sits before the page, for events that bots like to send. */
export interface Challenge {
  /** Short names of the events that need proof. */
  readonly events: readonly string[];
  readonly verify: VerifyChallenge;
}

/** Never throws. */
export type VerifyChallenge = (answer: ChallengeAnswer) => Promise<ChallengeVerdict>;

export interface ChallengeAnswer {
  /** What the widget on the page gave. */
  readonly token: string;
  readonly address: string | undefined;
  /** The same for every resend of the same events, and for no others: a token is good for one check otherwise. */
  readonly idempotencyKey: string;
}

/** `unavailable` says nothing about the visitor: the events must come again. */
export type ChallengeVerdict = 'passed' | 'failed' | 'unavailable';
