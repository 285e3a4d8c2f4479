import { expect, test } from 'vitest';
import { readAnswer } from './read-answer.ts';

const answerTo = (status: number, body: unknown) =>
  readAnswer(new Response(JSON.stringify(body), { status }), 0, (text) => text);

test.each([
  { completedAt: 'x', results: [{ status: 'ERROR', message: 'bad uuid' }] },
  { completedAt: 'x', status: 'CANCELED', results: [] },
  { status: 500, results: [] },
])('a 2xx that says no in its JSON is not a yes: %j', async (body) => {
  expect(await answerTo(200, body)).toMatchObject({ isForeign: true });
});

test('a 2xx in HubSpot’s form is a yes', async () => {
  const body = { completedAt: 'x', status: 'COMPLETE', results: [{ id: '1' }] };
  expect(await answerTo(200, body)).toEqual({ kind: 'response', status: 200 });
});
