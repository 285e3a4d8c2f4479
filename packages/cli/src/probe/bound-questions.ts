import { isRefused, isTaken, type Question } from './finding.ts';
import type { ProbeAccount } from './probe-account.ts';
import { short } from './send-questions.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MIB = 1_048_576;
/** An event grows older on its way: it must be within the age that is asked for when it gets there. */
const ON_THE_WAY_MS = MINUTE;

/** How far one may go, in steps. What is found is the last step that was taken: the true bound lies between it and the next. */
export function boundQuestions(
  account: ProbeAccount,
  { maxBodyMiB }: { readonly maxBodyMiB: number },
): readonly Question[] {
  const { event, send, call, version } = account;
  const at = (offsetMs: number) => new Date(Date.now() + offsetMs).toISOString();

  /** Goes on until the first step that is refused. */
  async function climb(
    steps: readonly (readonly [size: number, name: string])[],
    ask: (size: number, name: string) => ReturnType<ProbeAccount['send']>,
  ) {
    let taken: readonly [number, string] | undefined;
    for (const step of steps) {
      const answer = await ask(...step);
      if (isTaken(answer.status)) taken = step;
      else if (isRefused(answer.status) || answer.status === 0) {
        return { taken, refused: `${step[1]}: ${short(answer)}` };
      } else return { taken, unclear: `${step[1]}: ${short(answer)}` };
    }
    return { taken };
  }

  const timeBound = (
    decides: 'maxAgeMs' | 'maxAheadMs',
    question: string,
    sign: 1 | -1,
  ): Question => ({
    decides,
    question,
    async ask() {
      const steps = sign < 0 ? AGES : AHEADS;
      const { taken, refused, unclear } = await climb(steps, (ms, name) =>
        send(
          `occurredAt ${name} ${sign < 0 ? 'ago' : 'ahead'}`,
          event({ occurredAt: at(sign < 0 ? ON_THE_WAY_MS - ms : ms) }),
        ),
      );
      if (unclear) return { seen: unclear };
      if (!refused) {
        return {
          value: Number.POSITIVE_INFINITY,
          seen: `taken up to ${taken?.[1]}, the most that was tried`,
        };
      }
      return {
        value: taken?.[0] ?? 0,
        seen: `taken up to ${taken?.[1] ?? 'nothing'}; refused at ${refused}`,
      };
    },
  });

  return [
    timeBound('maxAgeMs', 'How far back occurredAt may lie', -1),
    timeBound('maxAheadMs', 'How far ahead occurredAt may lie', 1),
    {
      decides: 'maxBodyBytes',
      question: 'How large a body may be (one event, spaces before it)',
      async ask() {
        const sizes = [1, 2, 4, 8, 16, 32].filter((size) => size <= maxBodyMiB);
        const steps = sizes.map((size) => [size * MIB, `${size} MiB`] as const);
        const { taken, refused, unclear } = await climb(steps, (bytes, name) => {
          const body = JSON.stringify(event()).padStart(bytes, ' ');
          return call({
            what: `a body of ${name}`,
            method: 'POST',
            path: `/events/${version}/send`,
            body,
          });
        });
        if (unclear) return { seen: unclear };
        if (!refused) return { seen: `taken up to ${taken?.[1]}, the most that was tried` };
        return {
          ...(taken && { value: taken[0] }),
          seen: `taken up to ${taken?.[1] ?? 'nothing'}; refused at ${refused}`,
        };
      },
    },
  ];
}

const AGES = [
  [HOUR, '1 hour'],
  [DAY, '1 day'],
  [7 * DAY, '7 days'],
  [31 * DAY, '31 days'],
  [183 * DAY, '183 days'],
  [366 * DAY, '366 days'],
  [5 * 366 * DAY, '5 years'],
] as const;

const AHEADS = [
  [MINUTE, '1 minute'],
  [10 * MINUTE, '10 minutes'],
  [HOUR, '1 hour'],
  [DAY, '1 day'],
  [31 * DAY, '31 days'],
  [366 * DAY, '366 days'],
] as const;
