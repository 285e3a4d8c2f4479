const REDACTED = '[redacted]';

/**
 * Holds a secret so that printing, logging or serialising it shows `[redacted]`. Only `reveal()` gives it away, and
 * only the code that builds a request to HubSpot calls that.
 */
export class Redacted {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  reveal(): string {
    return this.#secret;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  /** What `console.log` and `util.inspect` show on Node, Deno and Bun. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}
