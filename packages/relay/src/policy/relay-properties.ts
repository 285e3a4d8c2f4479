import { MAX_PROPERTIES_PER_EVENT } from '@hubrelay/protocol';
import type { Sender } from './policy.ts';

/**
 * Default properties that tell where a request came from. What a page says about that is worth nothing, so only the
 * relay sets them (option `enrich`); a server that relays for a visitor may know better and may set them too.
 */
export const RELAY_PROPERTIES: ReadonlySet<string> = new Set([
  'hs_city',
  'hs_region',
  'hs_country',
  'hs_user_agent',
]);

export function isSetByRelay(propertyName: string, sender: Sender): boolean {
  return sender.kind === 'page' && RELAY_PROPERTIES.has(propertyName);
}

/** Adds what the relay knows, as far as HubSpot's limit leaves room. What a server said stays. */
export function addFacts(
  properties: Record<string, string>,
  sender: Sender,
  isKnown: (propertyName: string) => boolean,
): void {
  let room = MAX_PROPERTIES_PER_EVENT - Object.keys(properties).length;
  for (const [name, value] of Object.entries(sender.facts)) {
    if (room <= 0) return;
    if (Object.hasOwn(properties, name) || !isKnown(name)) continue;
    properties[name] = value;
    room -= 1;
  }
}
