import { attempt } from './attempt.ts';
import type { Tracker } from './tracker.ts';

/**
 * Takes `_hsq.push(['trackCustomBehavioralEvent', { name, properties }])` over, and leaves every other command to HubSpot's
 * script. That script empties the queue when it loads and then assigns `push`: what is still in the queue it has not seen,
 * and a setter keeps our `push` in front of its own. So no event goes twice, whichever script comes first.
 */
export function captureHsq(tracker: Tracker): void {
  const page = globalThis as { _hsq?: unknown[] };
  page._hsq ||= [];
  const queue = page._hsq;
  let { push } = queue;
  const isTheirs = (command: unknown) =>
    !attempt(() => {
      const [method, event] = command as [string, { name: string; properties: object }];
      return method === 'trackCustomBehavioralEvent' && tracker.track(event.name, event.properties);
    });

  // A page that freezes its queue, or another script that guards it, keeps it.
  attempt(() => {
    Object.defineProperty(queue, 'push', {
      configurable: true,
      get:
        () =>
        (...commands: unknown[]) =>
          push.apply(queue, commands.filter(isTheirs)),
      set(theirs) {
        push = theirs;
      },
    });
    queue.push(...queue.splice(0));
  });
}
