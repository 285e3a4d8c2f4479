import { toWireProperty } from './definition-wire.ts';
import { now, refused, withDefinition } from './definitions.ts';
import { notFound } from './errors.ts';
import type { Handler } from './exchange.ts';
import type { Hub } from './hub.ts';
import { jsonBody } from './json-body.ts';
import { isWireRecord, newProperty, readOptions } from './new-definition.ts';

const MAX_CUSTOM_PROPERTIES = 50;

/** POST /events/{version}/event-definitions/{eventName}/property. */
export function createProperty(hub: Hub): Handler {
  return withDefinition(hub, (event, exchange) => {
    const body = jsonBody(exchange);
    if (!body.ok) return body.answer;
    const created = newProperty(body.value, 'property');
    if (!created.ok) return refused(exchange, created.problems);
    const { property } = created;
    if (event.properties.has(property.name)) {
      return refused(exchange, [
        { message: `Property "${property.name}" already exists`, in: 'name' },
      ]);
    }
    const custom = [...event.properties.values()].filter((one) => !one.hubspotDefined);
    if (custom.length >= MAX_CUSTOM_PROPERTIES) {
      return refused(exchange, [
        { message: `An event has at most ${MAX_CUSTOM_PROPERTIES} custom properties` },
      ]);
    }
    event.properties.set(property.name, property);
    event.updatedAt = now(hub);
    return { status: 201, body: toWireProperty(property, event) };
  });
}

/** PATCH …/property/{propertyName}: label, description, options; a type never changes. */
export function patchProperty(hub: Hub): Handler {
  return withDefinition(hub, (event, exchange, { propertyName = '' }) => {
    const property = event.properties.get(propertyName);
    if (!property) return noProperty(exchange.correlationId, propertyName);
    const body = jsonBody(exchange);
    if (!body.ok) return body.answer;
    if (!isWireRecord(body.value))
      return refused(exchange, [{ message: 'The body must be an object' }]);
    const { label, description, options } = body.value;
    const changed = {
      ...property,
      ...(typeof label === 'string' && { label }),
      ...(typeof description === 'string' && { description }),
      ...(Array.isArray(options) && { options: readOptions(options) }),
    };
    event.properties.set(propertyName, changed);
    event.updatedAt = now(hub);
    return { status: 201, body: toWireProperty(changed, event) };
  });
}

/** DELETE …/property/{propertyName}. */
export function deleteProperty(hub: Hub): Handler {
  return withDefinition(hub, (event, { correlationId }, { propertyName = '' }) => {
    if (!event.properties.delete(propertyName)) return noProperty(correlationId, propertyName);
    event.updatedAt = now(hub);
    return { status: 204 };
  });
}

function noProperty(correlationId: string, name: string) {
  return notFound(correlationId, `No property exists with name "${name}"`);
}
