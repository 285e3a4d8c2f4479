import { expect, test } from 'vitest';
import { barOf, withProgress } from './progress.ts';

function terminalOf(isTTY: boolean) {
  const written: string[] = [];
  let at = 0;
  const stream = { isTTY, write: (text: string) => void written.push(text) };
  const options = { stream, now: () => at, terminal: 'xterm' };
  const pass = (ms: number) => {
    at += ms;
  };
  return { written, options, pass };
}

const work = (pass: (ms: number) => void) => async (tell: (text: string) => void) => {
  tell('0');
  for (const text of ['1', '2', '3', '4']) {
    pass(60);
    tell(text);
  }
  return 'done';
};

test('one line is written over and over, not too often, and cleared at the end', async () => {
  const { written, options, pass } = terminalOf(true);
  expect(await withProgress(work(pass), options)).toBe('done');
  expect(written).toEqual(['\r\u001b[K2', '\r\u001b[K4', '\r\u001b[K']);
});

test('the line is cleared before a problem is told', async () => {
  const { written, options, pass } = terminalOf(true);
  const failing = withProgress(async (tell) => {
    pass(200);
    tell('1');
    throw new Error('no');
  }, options);
  await expect(failing).rejects.toThrow('no');
  expect(written).toEqual(['\r\u001b[K1', '\r\u001b[K']);
});

test('nothing is written where there is no terminal, nor for short work', async () => {
  const pipe = terminalOf(false);
  await withProgress(work(pipe.pass), pipe.options);
  expect(pipe.written).toEqual([]);
  const dumb = terminalOf(true);
  await withProgress(work(dumb.pass), { ...dumb.options, terminal: 'dumb' });
  expect(dumb.written).toEqual([]);
  const short = terminalOf(true);
  await withProgress(async (tell) => tell('1'), short.options);
  expect(short.written).toEqual([]);
});

test('a bar', () => {
  expect(barOf(1_250, 5_000)).toBe('[######------------------] 1,250 of 5,000');
  expect(barOf(7, 5)).toBe('[########################] 7 of 5');
  expect(barOf(0, 0)).toMatch(/0 of 0$/);
});
