/**
 * Lists every sentence that a person can meet in a log line, an answer, an error or a command, with its place:
 * `npm run messages`, or with a part of the path: `npm run messages -- packages/cli`. For reading them aloud.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Module, parseSync } from '@swc/core';
import { ROOT } from './run-step.ts';

export interface Message {
  /** `packages/relay/src/http/problem.ts:9` */
  readonly place: string;
  /** With `…` in the place of what is filled in. */
  readonly text: string;
}

/** A sentence has at least three words; SQL, code and media types are none. */
const isSentence = (text: string) =>
  /[a-z]+['’,]? [a-z]+['’,]? \S/i.test(text) &&
  !/^\s*(select|insert|update|delete|create|drop|alter|with|begin|pragma|where|set|grant|values|and|or|order|do|returns|language|on conflict|comment on|lock) /i.test(
    text,
  ) &&
  !/[{}]|=>|;\s*$/.test(text);

export function messagesIn(file: string): Message[] {
  const source = readFileSync(join(ROOT, file));
  const tree: Module = parseSync(source.toString(), { syntax: 'typescript' });
  // Positions count bytes, from the beginning of the first statement's file in this process.
  const base = tree.span.start;
  const firstCode = leadingBytes(source);
  const lineAt = (start: number) =>
    source
      .subarray(0, start - base + firstCode)
      .toString()
      .split('\n').length;
  const found: Message[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const item of node) visit(item);
    if (Array.isArray(node) || typeof node !== 'object' || node === null) return;
    const { type, span } = node as { type?: string; span?: { start: number } };
    const text = textOf(node as Text);
    if (text !== undefined && span && isSentence(text)) {
      found.push({
        place: `${file}:${lineAt(span.start)}`,
        text: text.replace(/\s+/g, ' ').trim(),
      });
    }
    if (type === 'ImportDeclaration') return;
    for (const value of Object.values(node)) visit(value);
  };
  visit(tree.body);
  return found;
}

type Text =
  | { readonly type: 'StringLiteral'; readonly value: string }
  | { readonly type: 'TemplateLiteral'; readonly quasis: readonly { readonly cooked?: string }[] }
  | { readonly type: undefined };

function textOf(node: Text): string | undefined {
  if (node.type === 'StringLiteral') return node.value;
  if (node.type === 'TemplateLiteral')
    return node.quasis.map(({ cooked }) => cooked ?? '').join('…');
  return undefined;
}

/** The compiler counts from the first token, not from the beginning of the file. */
function leadingBytes(source: Buffer): number {
  const text = source.toString();
  const [leading = ''] = /^(?:\s|\/\/.*\n|\/\*[\s\S]*?\*\/|#!.*\n)*/.exec(text) ?? [];
  return Buffer.byteLength(leading);
}

if (import.meta.main) {
  const [part = ''] = process.argv.slice(2);
  const files = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: ROOT })
    .filter((file) => file.includes(part) && !/\.test(-d)?\.tsx?$/.test(file))
    .toSorted();
  for (const { place, text } of files.flatMap(messagesIn)) console.log(`${place}\t${text}`);
}
