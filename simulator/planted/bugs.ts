// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source text.
import type { Bug } from './bug.ts';

const RELAY = 'packages/relay/src';
const BROWSER = 'packages/browser/src';

/** Samples of the kinds of mistakes that this project must not make. */
export const BUGS: readonly Bug[] = [
  {
    name: 'acknowledges before the commit',
    file: `${RELAY}/accept/outbox-acceptor.ts`,
    from: 'await outbox.enqueue(events, sender);',
    to: 'outbox.enqueue(events, sender).catch(() => {});',
  },
  {
    name: 'says that events are stored when the storage failed',
    file: `${RELAY}/accept/outbox-acceptor.ts`,
    from: 'return error instanceof OutboxFullError ? FULL : UNAVAILABLE;',
    to: "return error instanceof OutboxFullError ? FULL : { kind: 'stored' };",
  },
  {
    name: 'says that events are stored when the outbox is full',
    file: `${RELAY}/accept/outbox-acceptor.ts`,
    from: 'return error instanceof OutboxFullError ? FULL : UNAVAILABLE;',
    to: "return error instanceof OutboxFullError ? { kind: 'stored' } : UNAVAILABLE;",
  },
  {
    name: 'says that events are stored when the storage is slow',
    file: `${RELAY}/accept/outbox-acceptor.ts`,
    from: 'return answer ?? UNAVAILABLE;',
    to: "return answer ?? { kind: 'stored' };",
  },
  {
    name: 'says yes to a commit that failed',
    file: `${RELAY}/outbox/sqlite/store.ts`,
    from: '      const message = messageFor(this.#path, error);\n      return group.map(() => refusal(message));',
    to: "      const message = messageFor(this.#path, error);\n      return group.map((one) =>\n        one.action === 'enqueue' ? { value: { stored: 1, known: 0 } } : refusal(message),\n      );",
  },
  {
    name: 'counts what was rolled back',
    file: `${RELAY}/outbox/sqlite/store.ts`,
    from: '    this.#counters.rolledBack();\n',
    to: '{}',
  },
  {
    name: 'remembers uuids that were rolled back',
    file: `${RELAY}/outbox/sqlite/store.ts`,
    from: '    this.#known.rolledBack();\n',
    to: '{}',
  },
  {
    name: 'looks behind events whose claim was rolled back',
    file: `${RELAY}/outbox/sqlite/store.ts`,
    from: '    this.#pending.rolledBack();\n',
    to: '{}',
  },
  {
    name: 'confirms the counters before the commit',
    file: `${RELAY}/outbox/sqlite/store.ts`,
    from: "      this.#db.exec('COMMIT');\n      this.#counters.committed();",
    to: "      this.#counters.committed();\n      this.#db.exec('COMMIT');",
  },
  {
    name: 'shares the counters with their backup',
    file: `${RELAY}/outbox/sqlite/counters.ts`,
    from: '  rolledBack(): void {\n    this.current = { ...this.#saved };',
    to: '  rolledBack(): void {\n    this.current = this.#saved;',
  },
  {
    name: 'deletes what has no room among the dead letters without counting it',
    file: `${RELAY}/outbox/sqlite/store.ts`,
    from: "    counters.current[reason === 'expired' ? 'dropped_expired' : 'dropped_refused'] +=\n      dropped.length;\n",
    to: '',
  },
  {
    name: 'forgets that a claim may have reached HubSpot',
    file: `${RELAY}/outbox/sqlite/outbox-on-engine.ts`,
    from: 'mayHaveArrived: claimed.mayHaveArrived[row] === 1',
    to: 'mayHaveArrived: false',
  },
  {
    name: 'claims what is claimed already',
    file: `${RELAY}/outbox/sqlite/pending-events.ts`,
    from: 'lease.seq = pending.seq AND until > ?)',
    to: 'lease.seq = pending.seq AND until < ?)',
  },
  {
    name: 'postpones by seconds instead of milliseconds',
    file: `${RELAY}/outbox/sqlite/outbox-on-engine.ts`,
    from: 'dueAt: clock.now() + delayMs',
    to: 'dueAt: clock.now() + delayMs * 1000',
  },
  {
    name: 'lets events expire after minutes',
    file: `${RELAY}/outbox/limits.ts`,
    from: 'horizonMs: 48 * HOUR_MS',
    to: 'horizonMs: 48 * 1000',
  },
  {
    name: 'resumes without making anything due',
    file: `${RELAY}/outbox/sqlite/outbox-on-engine.ts`,
    from: "await inSlices((slice) => call('makeDue', slice));",
    to: '{}',
  },
  {
    name: 'takes a duplicate’s words at the first try',
    file: `${RELAY}/hubspot/is-duplicate.ts`,
    from: 'if (!mayHaveArrived) return false;',
    to: '{}',
  },
  {
    name: 'reads the event’s own words as HubSpot’s',
    file: `${RELAY}/hubspot/is-duplicate.ts`,
    from: 'quotedFrom(json).reduce(',
    to: '([] as string[]).reduce(',
  },
  {
    name: 'takes a proxy’s conflict for a duplicate',
    file: `${RELAY}/hubspot/outcome-of.ts`,
    from: "  if (isUnexplained(answer)) return retry('server_error', answer);\n  const [json = '{}'] = sent.events;\n  const isHere = isDuplicate(answer, json, sent.mayHaveArrived);\n",
    to: "  const [json = '{}'] = sent.events;\n  const isHere = isDuplicate(answer, json, sent.mayHaveArrived);\n  if (!isHere && isUnexplained(answer)) return retry('server_error', answer);\n",
  },
  {
    name: 'reads Retry-After as milliseconds',
    file: `${RELAY}/hubspot/retry-after.ts`,
    from: 'Number(text) * 1000',
    to: 'Number(text)',
  },
  {
    name: 'never tries again after overload',
    file: `${RELAY}/delivery/concurrency-limit.ts`,
    from: 'limit = Math.max(least, limit * factor);',
    to: 'limit = limit * factor;',
  },
  {
    name: 'backs off without end',
    file: `${RELAY}/delivery/backoff.ts`,
    from: 'return Math.min(maxMs, Math.round(baseMs * factor ** Math.min(attempt, 30)));',
    to: 'return Math.max(0 * maxMs, Math.round(baseMs * factor ** Math.min(attempt, 30)));',
  },
  {
    name: 'gives a direct yes for a part of the events',
    file: `${RELAY}/accept/direct.ts`,
    from: 'if (done.length === open.length) return',
    to: 'if (done.length > 0) return',
  },
  {
    name: 'alters the uuid',
    file: `${RELAY}/receive/decide.ts`,
    from: 'event: { uuid: event.uuid, eventName,',
    to: 'event: { uuid: event.uuid.toUpperCase(), eventName,',
  },
  {
    name: 'forgets events before the answer',
    file: `${BROWSER}/create-core-tracker.ts`,
    from: '    bytesInFlight += bytes;\n    insurance?.abort();',
    to: "    bytesInFlight += bytes;\n    finish(batch, 'accepted');\n    insurance?.abort();",
  },
  {
    name: 'takes a failure of the relay for a yes',
    file: `${BROWSER}/create-core-tracker.ts`,
    from: '(/20[24]/.test(`${status}`) && !text)',
    to: '/20[24]|503/.test(`${status}`)',
  },
  {
    name: 'never frees what was not answered for',
    file: `${BROWSER}/create-core-tracker.ts`,
    from: '    occupy(batch, false);\n    if (failures',
    to: '    if (!failures) occupy(batch, false);\n    if (failures',
  },
  {
    name: 'sends a visitor’s events as the next one’s',
    file: `${BROWSER}/create-core-tracker.ts`,
    from: 'utk: utk || now || undefined',
    to: 'utk: now || utk || undefined',
  },
  {
    name: 'gives the events of a page one key',
    file: `${BROWSER}/create-core-tracker.ts`,
    from: "_key: [own, uuid, current, token()].join(' '),",
    to: "_key: [own, '', current, token()].join(' '),",
  },
  {
    name: 'never adopts what closed pages have left',
    file: `${BROWSER}/create-core-tracker.ts`,
    from: 'load(key, minAgeMs);',
    to: '{}',
  },
  {
    name: 'deletes from storage when the page ends',
    file: `${BROWSER}/create-core-tracker.ts`,
    from: 'if (disk[key]) memory.delete(key);',
    to: 'if (disk[key]) memory.delete(key);\n      delete disk[key];',
  },
  {
    name: 'looks at the outbox no more after a failure',
    file: `${BROWSER}/create-core-tracker.ts`,
    from: '    if (left) lookIn(',
    to: '    if (left && !failures) lookIn(',
  },
];
