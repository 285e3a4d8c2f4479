import { MAX_PROPERTIES_PER_EVENT } from '@hubrelay/protocol';
import { type Convert, converterFor, expectedValue } from './convert.ts';
import { DEFAULT_PROPERTIES } from './default-properties.ts';
import type { EventsLock, LockedEvent, LockedProperty } from './lock.ts';
import type { Denied, DroppedProperty, DropReason, Policy, Sender } from './policy.ts';
import { qualifyEventName } from './qualify-event-name.ts';
import { addFacts, isSetByRelay } from './relay-properties.ts';
import type { SetValue } from './string-value.ts';

export interface LockPolicyOptions {
  /**
   * Rejects an event with a property that cannot be sent, instead of leaving the property out.
   * @default false
   */
  readonly strict?: boolean;
}

/** Lets through what HubSpot's definitions allow, in the form they declare. The lock is compiled once, into maps. */
export function lockPolicy(lock: EventsLock, { strict = false }: LockPolicyOptions = {}): Policy {
  const events = compile(lock);
  return {
    serverOnly: serverOnlyIn(events),
    apply(event, sender) {
      const qualified = qualifyEventName(event.eventName, lock.hubId);
      if (!qualified.ok) return deny('invalid_event_name', qualified.message);
      const known = events.get(qualified.name);
      if (!known) return deny('unknown_event', unknownEvent(event.eventName));
      if (known.archived) return deny('unknown_event', archivedEvent(event.eventName));

      const properties: Record<string, string> = {};
      const dropped: DroppedProperty[] = [];
      for (const [name, value] of Object.entries(event.properties ?? {})) {
        if (value === null) continue;
        const property = known.properties.get(name);
        const result = fit(name, value, property, sender, Object.keys(properties).length);
        if ('text' in result) properties[name] = result.text;
        else if (strict) return denyProperty(event.eventName, name, result.reason, property);
        else dropped.push({ name, reason: result.reason });
      }
      addFacts(properties, sender, (name) => known.properties.get(name)?.archived === false);

      const { matchedBy } = known;
      return {
        ok: true,
        eventName: qualified.name,
        properties,
        dropped,
        matchedByProperty: matchedBy !== undefined && Object.hasOwn(properties, matchedBy),
      };
    },
  };
}

interface CompiledEvent {
  readonly archived: boolean;
  readonly matchedBy: string | undefined;
  /** A map, because clients choose names and objects inherit names. */
  readonly properties: ReadonlyMap<string, CompiledProperty>;
}

interface CompiledProperty {
  readonly archived: boolean;
  readonly sensitive: boolean;
  readonly namesRecord: boolean;
  readonly convert: Convert;
  readonly expected: string;
}

function compile(lock: EventsLock): ReadonlyMap<string, CompiledEvent> {
  return new Map(
    Object.values(lock.events).map((event) => [
      event.fullyQualifiedName,
      {
        archived: event.archived ?? false,
        matchedBy: event.matchedBy,
        properties: compileProperties(event),
      },
    ]),
  );
}

function serverOnlyIn(events: ReadonlyMap<string, CompiledEvent>): ReadonlySet<string> {
  const properties = [...events.values()].flatMap((event) => [...event.properties]);
  return new Set(
    properties.flatMap(([name, it]) => (it.sensitive || it.namesRecord ? [name] : [])),
  );
}

function compileProperties(event: LockedEvent): ReadonlyMap<string, CompiledProperty> {
  const properties = {
    ...(!event.withoutDefaults && DEFAULT_PROPERTIES),
    ...event.properties,
  };
  return new Map(
    Object.entries(properties).map(([name, property]) => [
      name,
      compileProperty(name, property, event),
    ]),
  );
}

function compileProperty(
  name: string,
  property: LockedProperty,
  { matchedBy }: LockedEvent,
): CompiledProperty {
  return {
    archived: property.archived ?? false,
    sensitive: property.sensitivity !== undefined,
    namesRecord: name === matchedBy,
    convert: converterFor(name, property),
    expected: expectedValue(property),
  };
}

function fit(
  name: string,
  value: SetValue,
  property: CompiledProperty | undefined,
  sender: Sender,
  count: number,
): { text: string } | { reason: DropReason } {
  if (!property) return { reason: 'unknown' };
  if (property.archived) return { reason: 'archived' };
  if (isSetByRelay(name, sender)) return { reason: 'set_by_relay' };
  if (property.sensitive && sender.kind === 'page') return { reason: 'sensitive' };
  if (property.namesRecord && sender.kind === 'page') return { reason: 'names_record' };
  if (count >= MAX_PROPERTIES_PER_EVENT) return { reason: 'over_limit' };
  const text = property.convert(value);
  return text === undefined ? { reason: 'wrong_type' } : { text };
}

function deny(code: Denied['code'], message: string): Denied {
  return { ok: false, code, message };
}

function denyProperty(
  eventName: string,
  name: string,
  reason: DropReason,
  property: CompiledProperty | undefined,
): Denied {
  const what: Record<DropReason, string> = {
    unknown: 'is not defined in HubSpot: define it, then run "hubrelay pull"',
    archived: 'is archived in HubSpot',
    wrong_type: `must be ${property?.expected}`,
    sensitive: 'is sensitive: send it from your server, with a relay key',
    names_record:
      'says whose event it is, which a page cannot prove: send it from your server, with a relay key',
    set_by_relay: 'is set by the relay: leave it out',
    over_limit: `is one too many: HubSpot takes ${MAX_PROPERTIES_PER_EVENT} on an event`,
  };
  const code = reason === 'wrong_type' ? 'invalid_property' : 'unknown_property';
  return deny(code, `${eventName}: the property "${name}" ${what[reason]}`);
}

function unknownEvent(eventName: string): string {
  return `"${eventName}" is not defined in HubSpot: define it, then run "hubrelay pull" and restart the relay`;
}

function archivedEvent(eventName: string): string {
  return `"${eventName}" is archived in HubSpot, which takes no more of it`;
}
