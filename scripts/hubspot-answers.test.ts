import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outcomeOf } from '../packages/relay/src/hubspot/outcome-of.ts';
import { readAnswer } from '../packages/relay/src/hubspot/read-answer.ts';
import { eventJson } from '../packages/relay/test/support/events.ts';
import { ROOT } from './run-step.ts';

const page = readFileSync(join(ROOT, 'docs/hubspot-answers.md'), 'utf8');
const [, table = ''] = /<!-- answers -->\n([\s\S]*?)<!-- \/answers -->/.exec(page) ?? [];
const rows = table
  .trim()
  .split('\n')
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, status = '', body = '', one = '', several = '', cause = '']) => ({
    status,
    bodies: body === 'any' ? ["HubSpot's", 'foreign', 'none'] : body.split(', '),
    expected: [one, several, cause.replaceAll('`', '')],
  }));

const ERROR = { status: 'error', message: 'no', category: 'VALIDATION_ERROR', correlationId: 'c' };
const bodies: Readonly<Record<string, (status: number) => string>> = {
  "HubSpot's": (status) => JSON.stringify(status < 300 ? { results: [] } : ERROR),
  foreign: () => '<html>Sign in</html>',
  none: () => '',
  'the daily limit': () => JSON.stringify({ ...ERROR, policyName: 'DAILY' }),
};

const WORDS = { refused: 'dead letter' } as Readonly<Record<string, string>>;
const three = [1, 2, 3].map((number) => eventJson(number));

async function outcomes(status: number, body: string): Promise<string[]> {
  const hasNoBody = status === 204 || status === 205 || status === 304;
  const response = () => new Response(hasNoBody ? null : body, { status });
  const answer = () => readAnswer(response(), 0, (text) => text);
  const of = (events: typeof three) =>
    answer().then((it) => outcomeOf(it, { events, mayHaveArrived: false }));
  const [one, several] = await Promise.all([of(three.slice(0, 1)), of(three)]);
  const cause = 'cause' in one ? one.cause : '';
  return [one, several].map(({ kind }) => WORDS[kind] ?? kind).concat(cause);
}

/** Whether a cell such as `404, 405`, `2xx but 207` or `any other 4xx` is about a status. */
function isAbout(cell: string, status: number): boolean {
  if (cell.endsWith('but 207') && status === 207) return false;
  const [, hundred] = /(\d)xx/.exec(cell) ?? [];
  return hundred ? Math.floor(status / 100) === Number(hundred) : cell.includes(`${status}`);
}

test.each(Object.keys(bodies).slice(0, 3))(
  'the table is right of answers whose body is %s',
  async (kind) => {
    for (let status = 200; status < 600; status += 1) {
      // These have no body.
      if (kind !== 'none' && [204, 205, 304].includes(status)) continue;
      const row = rows.find(
        (it) =>
          isAbout(it.status, status) &&
          it.bodies.includes(kind) &&
          !it.status.includes('daily limit'),
      );
      const said = { status, expected: row?.expected };
      expect({ status, expected: await outcomes(status, `${bodies[kind]?.(status)}`) }).toEqual(
        said,
      );
    }
  },
);

test('the table is right of the daily limit, and of calls without an answer', async () => {
  const of = (start: string) => rows.find(({ status }) => status.startsWith(start))?.expected;
  expect(await outcomes(429, `${bodies['the daily limit']?.(429)}`)).toEqual(of('429, the daily'));
  const failures = {
    'no answer': 'timeout',
    'no connection': 'network',
    'no access': 'credential',
  };
  for (const [start, reason] of Object.entries(failures)) {
    const failure = { kind: 'failure', message: 'm', reason } as never;
    const outcome = outcomeOf(failure, { events: three, mayHaveArrived: false });
    const cause = 'cause' in outcome ? outcome.cause : '';
    expect([outcome.kind, outcome.kind, cause]).toEqual(of(start));
  }
});
