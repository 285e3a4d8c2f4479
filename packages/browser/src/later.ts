type Timer = (run: (none?: undefined) => unknown, ms: number) => number;

/**
 * `setTimeout`, for which no framework waits: Angular counts timers of its zone as work that is not finished. This is the
 * browser's own, whether zone.js has replaced it already or does so later.
 */
export const later: Timer =
  (globalThis as { __zone_symbol__setTimeout?: Timer }).__zone_symbol__setTimeout || setTimeout;
