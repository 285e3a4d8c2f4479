/** What `GET /readyz` answers. */
export interface Readiness {
  readonly ready: boolean;
  /** Shown by `/readyz` to anyone. */
  readonly details: Readonly<Record<string, unknown>>;
}
