import type { Answer } from './answer.ts';
import { toWireDefinition } from './definition-wire.ts';
import { notFound, validationError } from './errors.ts';
import { fullyQualifiedName, type KnownEvent } from './event-definition.ts';
import type { Exchange, Handler, PathParams } from './exchange.ts';
import type { Hub } from './hub.ts';
import { jsonBody } from './json-body.ts';
import { type DefinitionProblem, isWireRecord, newEventDefinition } from './new-definition.ts';

const MAX_DEFINITIONS = 500;
const DEFAULT_PAGE = 10;
const MAX_PAGE = 100;

/** GET /events/{version}/event-definitions: pages of definitions, without properties unless asked for. */
export function listDefinitions({ events }: Hub): Handler {
  return ({ call, correlationId }) => {
    const { searchString = '', limit = String(DEFAULT_PAGE), after = '0', sortOrder } = call.query;
    const size = Number(limit);
    if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE) {
      const message = `limit must be between 1 and ${MAX_PAGE}`;
      return validationError(correlationId, [{ message, in: 'limit' }]);
    }
    const wanted = [...events.values()].filter(
      ({ archived, name, label }) =>
        !archived && `${name} ${label}`.toLowerCase().includes(searchString.toLowerCase()),
    );
    if (sortOrder?.toUpperCase() === 'DESC') wanted.reverse();
    const start = Number(after) || 0;
    const end = start + size;
    const withProperties = call.query.includeProperties === 'true';
    const results = wanted
      .slice(start, end)
      .map((event) => toWireDefinition(event, withProperties));
    const paging =
      end < wanted.length ? { paging: { next: nextPage(call.path, call.query, end) } } : {};
    return { status: 200, body: { total: wanted.length, results, ...paging } };
  };
}

function nextPage(path: string, query: Readonly<Record<string, string>>, after: number) {
  const params = new URLSearchParams({ ...query, after: String(after) });
  return { after: String(after), link: `https://api.hubapi.com${path}?${params}` };
}

/** POST /events/{version}/event-definitions. */
export function createDefinition(hub: Hub): Handler {
  return (exchange) => {
    const body = jsonBody(exchange);
    if (!body.ok) return body.answer;
    const { events, config } = hub;
    const created = newEventDefinition(body.value);
    if (!created.ok) return refused(exchange, created.problems);
    const { definition } = created;
    if (events.has(fullyQualifiedName(config.hubId, definition.name))) {
      return refused(exchange, [
        { message: `An event named "${definition.name}" exists or has existed`, in: 'name' },
      ]);
    }
    if ([...events.values()].filter((event) => !event.archived).length >= MAX_DEFINITIONS) {
      return refused(exchange, [
        { message: `An account has at most ${MAX_DEFINITIONS} event definitions` },
      ]);
    }
    return { status: 201, body: toWireDefinition(hub.define(definition), true) };
  };
}

/** GET /events/{version}/event-definitions/{eventName}. */
export function getDefinition(hub: Hub): Handler {
  return withDefinition(hub, (event) => ({ status: 200, body: toWireDefinition(event, true) }));
}

/** PATCH /events/{version}/event-definitions/{eventName}: label and description; a name never changes. */
export function patchDefinition(hub: Hub): Handler {
  return withDefinition(hub, (event, exchange) => {
    const body = jsonBody(exchange);
    if (!body.ok) return body.answer;
    if (!isWireRecord(body.value))
      return refused(exchange, [{ message: 'The body must be an object' }]);
    const { label = event.label, description = event.description } = body.value;
    event.label = String(label);
    event.description = String(description);
    event.updatedAt = now(hub);
    return { status: 201, body: toWireDefinition(event, true) };
  });
}

/** DELETE /events/{version}/event-definitions/{eventName}: for ever, and the name can never be used again. */
export function deleteDefinition(hub: Hub): Handler {
  return withDefinition(hub, (event) => {
    event.archived = true;
    return { status: 204 };
  });
}

/** Finds the definition named in the path, by its short or its full name, or answers 404. */
export function withDefinition(
  { config, events }: Hub,
  handler: (event: KnownEvent, exchange: Exchange, params: PathParams) => Answer,
): Handler {
  return (exchange, params) => {
    const name = params.eventName ?? '';
    const event = events.get(fullyQualifiedName(config.hubId, name)) ?? events.get(name);
    return event && !event.archived
      ? handler(event, exchange, params)
      : notFound(exchange.correlationId, `No event definition exists with name "${name}"`);
  };
}

export function refused(
  { correlationId }: Exchange,
  problems: readonly DefinitionProblem[],
): Answer {
  return validationError(correlationId, problems);
}

export function now({ config }: Hub): string {
  return new Date(config.now()).toISOString();
}
