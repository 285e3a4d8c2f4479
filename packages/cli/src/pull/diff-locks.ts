import type { EventsLock, LockedEvent, LockedProperty } from '@hubrelay/relay';

/** What changed from one lock to another, a line each: `+` came, `-` went, `~` changed. Empty when they say the same. */
export function diffLocks(before: EventsLock, after: EventsLock): string[] {
  const lines = before.hubId === after.hubId ? [] : [`~ account ${before.hubId} → ${after.hubId}`];
  for (const name of names(before.events, after.events)) {
    const old = own(before.events, name);
    const now = own(after.events, name);
    if (!old && now) lines.push(`+ ${name} (${count(now.properties)})`);
    else if (old && !now) lines.push(`- ${name} (${count(old.properties)})`);
    else if (old && now) {
      lines.push(...diffEvent(name, old, now));
      lines.push(...diffProperties(name, old.properties, now.properties));
    }
  }
  return lines;
}

/** What is said of the event itself: whether it is archived, has the defaults, is matched by a property. */
function diffEvent(name: string, old: LockedEvent, now: LockedEvent): string[] {
  const { properties: _, ...before } = old;
  const { properties: __, ...after } = now;
  const was = JSON.stringify(before);
  const is = JSON.stringify(after);
  return was === is ? [] : [`~ ${name}: ${was} → ${is}`];
}

type Properties = Readonly<Record<string, LockedProperty>>;

function diffProperties(event: string, before: Properties, after: Properties): string[] {
  return names(before, after).flatMap((name) => {
    const old = own(before, name);
    const now = own(after, name);
    if (!old) return now ? [`+ ${event}.${name}: ${describe(now)}`] : [];
    if (!now) return [`- ${event}.${name}: ${describe(old)}`];
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    return [`~ ${event}.${name}: ${change(old, now)}`];
  });
}

function change(old: LockedProperty, now: LockedProperty): string {
  const { options: before = [], ...rest } = old;
  const { options: after = [], ...others } = now;
  if (JSON.stringify(rest) !== JSON.stringify(others)) return `${describe(old)} → ${describe(now)}`;
  const came = after.filter((option) => !before.includes(option)).map((option) => `+${option}`);
  const went = before.filter((option) => !after.includes(option)).map((option) => `-${option}`);
  return [...came, ...went].join(' ');
}

function describe({ type, options, archived, sensitivity }: LockedProperty): string {
  const values = options
    ? ` (${options.slice(0, 8).join(', ')}${options.length > 8 ? ', …' : ''})`
    : '';
  return [type + values, archived && 'archived', sensitivity].filter(Boolean).join(', ');
}

/** An event or a property may be called `constructor`. */
function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function names(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

function count(properties: Properties): string {
  const n = Object.keys(properties).length;
  return n === 1 ? '1 property' : `${n} properties`;
}
