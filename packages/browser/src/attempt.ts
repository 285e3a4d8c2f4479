/**
 * Runs what may throw, and gives nothing when it does: storage that is denied, hooks of the page, a patched `fetch`.
 * The visitor's page must not break for a count.
 */
export function attempt<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
