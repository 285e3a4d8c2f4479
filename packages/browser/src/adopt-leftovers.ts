import type { Outbox } from './outbox.ts';

/**
 * Takes over what closed pages have left. Every page has an id of its own, never one that a duplicated tab could share,
 * and holds a Web Lock of that name as long as it lives: an id whose lock is free has no page any more.
 */
export function adoptLeftovers(
  own: string,
  { _keys: keys, _mine: mine }: Outbox,
  onAdopt: () => void,
): void {
  mine.add(own);
  for (const start of new Set([own, ...keys().map((key) => key.slice(0, -7))])) {
    navigator.locks
      ?.request(start, { ifAvailable: true }, (lock) => {
        if (!lock) return undefined;
        mine.add(start);
        onAdopt();
        // In the back/forward cache a page must not keep others waiting.
        return new Promise((release) => addEventListener('pagehide', release));
      })
      .catch(() => {});
  }
}
