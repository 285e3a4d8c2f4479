import type { DroppedProperty, Policy } from './policy.ts';
import { qualifyEventName } from './qualify-event-name.ts';
import { addFacts, isSetByRelay } from './relay-properties.ts';
import { toStringValue } from './string-value.ts';

/** Lets every well-formed event through: for a relay that was given no definitions. */
export function anyEventPolicy(
  hubId: string | undefined,
  serverOnly: ReadonlySet<string> = new Set(),
): Policy {
  return {
    serverOnly,
    apply(event, sender) {
      const qualified = qualifyEventName(event.eventName, hubId);
      if (!qualified.ok)
        return { ok: false, code: 'invalid_event_name', message: qualified.message };

      const properties: Record<string, string> = {};
      const dropped: DroppedProperty[] = [];
      for (const [name, value] of Object.entries(event.properties ?? {})) {
        if (isSetByRelay(name, sender)) {
          dropped.push({ name, reason: 'set_by_relay' });
          continue;
        }
        if (sender.kind === 'page' && serverOnly.has(name)) {
          dropped.push({ name, reason: 'sensitive' });
          continue;
        }
        const text = toStringValue(value, name);
        if (text !== undefined) properties[name] = text;
      }
      addFacts(properties, sender, () => true);
      return {
        ok: true,
        eventName: qualified.name,
        properties,
        dropped,
        matchedByProperty: false,
      };
    },
  };
}
