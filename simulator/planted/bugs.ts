import type { Bug } from './bug.ts';

const RELAY = 'packages/relay/src';

/** Samples of the kinds of mistakes that this project must not make. */
export const BUGS: readonly Bug[] = [
  {
    name: 'acknowledges before the commit',
    file: `${RELAY}/accept/outbox-acceptor.ts`,
    from: 'await outbox.enqueue(events, sender);',
    to: 'outbox.enqueue(events, sender).catch(() => {});',
  },
];
