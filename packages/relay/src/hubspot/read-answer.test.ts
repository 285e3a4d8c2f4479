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

test('a 2xx that does not end is not a yes, however empty its beginning', async () => {
  const blanks = ' '.repeat(65_536);
  const answer = await readAnswer(new Response(`${blanks}{"status":"error"}`), 0, (text) => text);
  expect(answer).toMatchObject({ status: 200, isForeign: true });
  const short = await readAnswer(new Response(' '.repeat(100)), 0, (text) => text);
  expect(short).toEqual({ kind: 'response', status: 200 });
});
