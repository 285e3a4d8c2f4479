/** What to do with a store that a newer version has changed: an older one cannot read it. */
export const GO_BACK =
  'Start the newer version again, or go back: docs/upgrade.md#go-back says how.';
