import type { Hono } from 'hono';
import * as v from 'valibot';
import { STEP_OUTCOMES } from '../delivery/event-step.ts';
import type { StepLog, TailQuery } from '../delivery/steps.ts';
import { problem } from '../http/problem.ts';
import {
  ALLOWED,
  limit,
  type Parsed,
  sentence,
  uuidsInQuery,
  uuidsOf,
  withFullName,
  withoutUndefined,
} from './conditions.ts';

const query = v.strictObject({
  after: v.optional(v.pipe(v.string(), v.regex(/^(0|[0-9a-z]{1,12}-\d{1,16})$/))),
  eventName: v.optional(v.string()),
  outcome: v.optional(v.picklist(STEP_OUTCOMES)),
  uuids: v.optional(uuidsInQuery),
  limit: v.optional(limit, '100'),
});

const words = {
  allowed: {
    ...ALLOWED,
    after: 'must be the "next" of the page before, or 0',
    outcome: `must be one of ${STEP_OUTCOMES.join(', ')}`,
  },
  which: 'Give after, eventName, outcome, uuids or limit, or nothing.',
};

/** What happened to the last events, for `hubrelay show` and `hubrelay tail`. */
export function addStepRoutes(admin: Hono, steps: StepLog, hubId: string | undefined): void {
  admin.get('/history/:uuid', (c) => c.json(steps.of(uuidsOf(c.req.param('uuid')))));
  admin.get('/tail', (c) => {
    const parsed = withFullName(parseTail(c.req.query()), hubId);
    return parsed.ok ? c.json(steps.after(parsed.value)) : problem('invalid_order', parsed.problem);
  });
}

function parseTail(search: Record<string, string>): Parsed<TailQuery> {
  const parsed = v.safeParse(query, search);
  if (parsed.success) return { ok: true, value: withoutUndefined(parsed.output) };
  return { ok: false, problem: sentence(parsed.issues, query.entries, words) };
}

/** Where no process outlives a delivery. */
export function refuseStepRoutes(admin: Hono, detail: string): void {
  const refuse = () => problem('not_found', detail);
  admin.all('/tail', refuse);
  admin.all('/history/*', refuse);
}
