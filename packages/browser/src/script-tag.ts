import { attempt } from './attempt.ts';
import { createTracker, type TrackerOptions } from './create-tracker.ts';
import type { Tracker } from './tracker.ts';

type Command = [method: keyof Tracker, ...args: unknown[]] | ((tracker: Tracker) => void);
type Queue = Command[] & Partial<TrackerOptions>;

const script = document.currentScript as HTMLScriptElement;
const options: Record<string, unknown> = { endpoint: new URL('v1/events', script.src).href };

// `data-page-properties="false"` is an option's name and its value, as JSON or as text.
for (const [name, value] of Object.entries(script.dataset))
  options[name] = attempt(() => JSON.parse(value || 'true')) ?? value;

const page = window as unknown as Record<string, Queue | undefined>;
const name = (options.name || 'hubrelay') as string;
const queue = page[name] || ([] as unknown as Queue);

// A second script tag of the same name finds a tracker, not a queue.
if (!('track' in queue)) {
  // Options that no attribute can say, such as functions, are properties of the queue.
  const tracker = createTracker({ ...options, ...queue } as unknown as TrackerOptions);
  const push = (...commands: Command[]) => {
    for (const command of commands) {
      attempt(() => {
        if (typeof command === 'function') return command(tracker);
        const [method, ...args] = command;
        return (tracker[method] as (...args: unknown[]) => unknown)(...args);
      });
    }
  };
  page[name] = { ...tracker, push } as never;
  push(...queue);
}
