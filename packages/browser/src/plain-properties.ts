import type { Properties, PropertyValue } from '@hubrelay/protocol';
import { attempt } from './attempt.ts';
import { toJson } from './to-json.ts';

/** Properties, or a function that gives them when an event is tracked. */
export type PropertySource = object | (() => object) | false | undefined;

/**
 * Copies what JSON can say of each source; later sources win. A property that cannot be read or serialised (a getter that
 * throws, a cycle, a BigInt) is left out, and the others go on.
 */
export function plainProperties(sources: readonly PropertySource[]): Properties {
  const plain: Record<string, PropertyValue> = {};
  for (const source of sources) {
    attempt(() => {
      const properties = (typeof source === 'function' ? source() : source) as Properties;
      for (const name of Object.keys(properties)) {
        attempt(() => {
          plain[name] = JSON.parse(toJson(properties[name]));
        });
      }
    });
  }
  return plain;
}
