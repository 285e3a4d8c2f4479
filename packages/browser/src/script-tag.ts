import { attempt } from './attempt.ts';
import { createTracker, idOf, type TrackerOptions } from './create-tracker.ts';
import type { Tracker } from './tracker.ts';
import { warn } from './warn.ts';

type Command = [method: keyof Tracker, ...args: unknown[]] | ((tracker: Tracker) => void);
type Queue = Command[] & Partial<TrackerOptions>;

/** `name=value` of each option that an attribute can say. */
const OPTION =
  /^((endpoint|name|pageviewEvent|secretParameters)=.|identity=.+\.|properties={|consent=(granted|pending|denied|hubspot)$|(respectGpc|respectDoNotTrack|pageProperties|clicks|captureHsq|mintVisitor|hashRoutes|debug)=(true|false)?$)/;

// By the prototype's getter: `<img name="currentScript">` would hide it. Modules, `eval` and loaders have none.
const script: HTMLOrSVGScriptElement | null =
  Reflect.get(Document.prototype, 'currentScript', document) ||
  document.querySelector('script[data-hubrelay-endpoint],script[src*=hubrelay]');
const fromTag: Record<string, unknown> = {
  // The relay that serves this script writes its own path here.
  endpoint: attempt(() => new URL('v1/events', (script as HTMLScriptElement).src).href),
};

// `data-hubrelay-page-properties="false"` is an option's name and its value, as JSON or as text. Other tools have attributes
// on script tags, too: without our prefix only what can be ours counts, and never a name.
for (const [key, text] of Object.entries(script?.dataset || {})) {
  const name = key.replace(/^hubrelay(.)/, (_, first: string) => first.toLowerCase());
  const isOption = OPTION.test(`${name}=${text}`);
  if (name !== key && !isOption) warn(`unknown option: ${name}=${text}`);
  // A choice that cannot be read is no consent.
  if (name === key ? isOption && name !== 'name' : isOption || name === 'consent')
    fromTag[name] = attempt(() => JSON.parse(text || 'true')) ?? text;
}

const page = window as unknown as Record<string | symbol, unknown>;
const name = (fromTag.name || 'hubrelay') as string;
// An element or a frame of this name is no queue.
const queue = (Array.isArray(page[name]) ? page[name] : []) as Queue;
// Options that no attribute can say, such as functions, are properties of the queue.
const options = { ...fromTag, ...queue } as unknown as TrackerOptions;

if (page[idOf(name)]) warn(`${name} is there already`);
// Events wait for a page that knows it.
if (!options.endpoint) warn('no endpoint');
options.endpoint ||= 'about:blank';
const tracker = createTracker(options);

function push(...commands: Command[]): void {
  // Turbo shows a page that it had kept, runs its scripts, and then again those of the fresh page.
  if (document.querySelector('[data-turbo-preview]')) return;
  for (const command of commands)
    attempt(() => {
      if (typeof command === 'function') command(tracker);
      else (tracker[command[0]] as (...args: unknown[]) => unknown)(...command.slice(1));
      return true;
    }) || warn('cannot run', command);
}

page[name] = Object.assign(tracker, { push });
push(...queue);
