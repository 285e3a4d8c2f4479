import type { Answer } from './answer.ts';
import { applyEvents } from './apply-events.ts';
import { invalidJson, validationError } from './errors.ts';
import type { Exchange, Handler } from './exchange.ts';
import type { Hub } from './hub.ts';
import { jsonBody } from './json-body.ts';
import { type BadItem, judgeBatch } from './judge-batch.ts';
import { cannotDeserialize } from './validate-event.ts';

const MAX_BATCH = 500;

/** POST /events/{version}/send: one event, or none. */
export function sendOne(hub: Hub, apiVersion: string): Handler {
  return (exchange) => {
    const body = jsonBody(exchange);
    if (!body.ok) return body.answer;
    return accept(hub, exchange, apiVersion, [body.value]);
  };
}

/** POST /events/{version}/send/batch: `{ inputs: [event, …] }`, 204 or an error, nothing per item. */
export function sendBatch(hub: Hub, apiVersion: string): Handler {
  return (exchange) => {
    const body = jsonBody(exchange);
    if (!body.ok) return body.answer;
    const { correlationId } = exchange;
    const inputs = (body.value as { inputs?: unknown } | null)?.inputs;
    if (inputs === undefined) {
      return invalidJson(correlationId, 'Some required fields were not set: [inputs]');
    }
    if (!Array.isArray(inputs)) {
      return invalidJson(
        correlationId,
        cannotDeserialize('List<BehavioralEventHttpCompletionRequest>', inputs),
      );
    }
    if (inputs.length === 0 || inputs.length > MAX_BATCH) {
      const message = `inputs has ${inputs.length} events; a batch has 1 to ${MAX_BATCH}`;
      return validationError(correlationId, [
        { message, code: 'INVALID_BATCH_SIZE', in: 'inputs' },
      ]);
    }
    return accept(hub, exchange, apiVersion, inputs);
  };
}

function accept(
  hub: Hub,
  exchange: Exchange,
  apiVersion: string,
  inputs: readonly unknown[],
): Answer {
  const { correlationId, call } = exchange;
  const { switches } = hub.config;
  exchange.events = inputs.length;
  const { good, duplicates, bad } = judgeBatch(inputs, hub, exchange);
  exchange.notes = bad.map(
    ({ index, errors }) => `inputs[${index}]: ${errors.map((e) => e.message).join('; ')}`,
  );

  const meta = { call, correlationId, apiVersion, batchSize: inputs.length };
  const applied = bad.length === 0 || switches.badItem === 'partial' ? good : [];
  applyEvents(hub, exchange, meta, applied, duplicates);
  return bad.length === 0 ? { status: 204 } : refusal(correlationId, bad, hub);
}

/** One status for the whole request: the first bad item's. Which item it was is not told. */
function refusal(correlationId: string, bad: readonly BadItem[], hub: Hub): Answer {
  const [first] = bad;
  if (!first) throw new Error('a refusal needs a bad item');
  if (first.status >= 500 || first.status === 429) {
    return hub.outage(first.status, correlationId);
  }
  return first.isUnreadable
    ? invalidJson(correlationId, first.errors.map((error) => error.message).join('; '))
    : validationError(
        correlationId,
        bad.flatMap((item) => item.errors),
        first.status,
      );
}
