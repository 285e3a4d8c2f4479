import { createTracker } from './create-tracker.ts';
import type { Tracker } from './tracker.ts';

type Command = [method: keyof Tracker, ...args: unknown[]] | ((tracker: Tracker) => void);

const script = document.currentScript as HTMLScriptElement;
const page = window as unknown as { hubrelay?: Command[] };
const tracker = createTracker({ endpoint: new URL('v1/events', script.src).href });

function push(...commands: Command[]): void {
  for (const command of commands) {
    try {
      if (typeof command === 'function') command(tracker);
      else (tracker[command[0]] as (...args: unknown[]) => void)(...command.slice(1));
    } catch {
      // A mistake in a command is not the page's problem.
    }
  }
}

const waiting = page.hubrelay || [];
page.hubrelay = Object.assign(tracker, { push }) as never;
push(...waiting);
