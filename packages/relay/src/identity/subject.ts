/**
 * Whose event it is, as far as the relay could verify it. All that is known goes to HubSpot, which looks for a record by
 * objectId first, then by email, then by utk.
 */
export interface Subject {
  /** Visitor token: anyone may claim one, and only a visitor's own browser knows it. */
  readonly utk?: string;
  readonly email?: string;
  readonly objectId?: string;
}
