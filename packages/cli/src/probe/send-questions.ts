import { randomUUID } from 'node:crypto';
import type { Answer } from './caller.ts';
import { isRefused, isTaken, type Question } from './finding.ts';
import { type ProbeAccount, randomUtk } from './probe-account.ts';

/** Questions that one or two sends answer. Duplicates come first: others are told by them. */
export function sendQuestions(account: ProbeAccount): readonly Question[] {
  const { event, send, sendBatch, contactEvent, companyEvent } = account;
  /** Whether an event with these fields is taken. */
  const takes = (
    decides: Question['decides'],
    question: string,
    fields: () => Readonly<Record<string, unknown>>,
    [ifTaken, ifRefused]: readonly [taken: string, refused: string] = ['accept', 'reject'],
  ): Question => ({
    decides,
    question,
    async ask() {
      const answer = await send(question, event(fields()));
      if (isTaken(answer.status)) return { value: ifTaken, seen: `taken: ${short(answer)}` };
      if (isRefused(answer.status)) return { value: ifRefused, seen: `refused: ${short(answer)}` };
      return { seen: short(answer) };
    },
  });

  return [
    {
      decides: 'duplicateUuid',
      question: 'The same uuid again, as an event of the same name',
      async ask() {
        const one = event();
        await send('a new uuid', one);
        const again = await send('the same uuid again', one);
        const value = [204, 400, 409].find((status) => status === again.status);
        return { ...(value && { value }), seen: short(again) };
      },
    },
    {
      decides: 'duplicateInBatch',
      question: 'Two events with one uuid in one batch',
      async ask({ duplicateUuid }) {
        const uuid = randomUUID();
        const answer = await sendBatch('one uuid twice', [event({ uuid }), event({ uuid })]);
        const seen = short(answer);
        if (answer.status === duplicateUuid && duplicateUuid !== 400) {
          return { value: 'as-duplicate', seen };
        }
        if (answer.status === 400 && duplicateUuid !== 400) return { value: 'refuse-batch', seen };
        return { seen: `${seen}; a single duplicate gets the same, so this decides nothing` };
      },
    },
    {
      decides: 'unknownEvent',
      question: 'An event name that is not defined',
      async ask() {
        const answer = await send(this.question, event({ eventName: `${contactEvent}_undefined` }));
        const value = isTaken(answer.status)
          ? 'accept'
          : [400, 404].find((status) => status === answer.status);
        return { ...(value && { value }), seen: short(answer) };
      },
    },
    takes('undefinedProperty', 'A property that the definition does not have', () => ({
      properties: { text: 'probe', undefined_property: 'x' },
    })),
    takes('mistypedValue', 'Text as the value of a number', () => ({
      properties: { number: 'not a number' },
    })),
    takes('propertyValue', 'A JSON number as a value', () => ({ properties: { number: 5 } }), [
      'scalar',
      'string',
    ]),
    takes('unknownField', 'A field that the request schema does not have', () => ({
      objectType: 'CONTACT',
    })),
    takes('unknownUtk', 'A utk that HubSpot has never seen', () => ({
      email: undefined,
      utk: randomUtk(),
    })),
    {
      decides: 'utkFormat',
      question: 'A utk that is not 32 hex digits',
      async ask({ unknownUtk }) {
        const answer = await send(this.question, event({ email: undefined, utk: 'not-a-utk' }));
        const seen = short(answer);
        if (isTaken(answer.status)) return { value: 'any', seen };
        if (!isRefused(answer.status)) return { seen };
        if (unknownUtk === 'reject') {
          return { seen: `${seen}; any unknown utk is refused, so this decides nothing` };
        }
        return { value: 'hex32', seen };
      },
    },
    takes('contactForOtherRecord', 'A utk for an event of companies', () => ({
      eventName: companyEvent,
      email: undefined,
      utk: randomUtk(),
    })),
  ];
}

/** Status, category and the start of the words. */
export function short({ status, said, body }: Answer): string {
  const { category, message } = (body ?? {}) as { category?: unknown; message?: unknown };
  const words = [category, message].filter((text) => typeof text === 'string').join(': ');
  return status === 0
    ? `no answer (${said})`
    : [status, words.slice(0, 200)].filter(Boolean).join(' ');
}
