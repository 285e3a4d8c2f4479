import { boundQuestions } from './bound-questions.ts';
import type { Exchange } from './caller.ts';
import { type Finding, isTaken, type Known } from './finding.ts';
import { cleanUp, define, type ProbeAccount } from './probe-account.ts';
import { type ReadOptions, readQuestions } from './read-questions.ts';
import { sendQuestions, short } from './send-questions.ts';

export interface ProbeOptions extends ReadOptions {
  readonly maxBodyMiB: number;
  /** As `sleep`, but not cut short by a stop: the clean-up may have to wait. */
  readonly sleepAnyway: (ms: number) => Promise<void>;
  readonly onQuestion: (question: string) => void;
  readonly onFinding: (finding: Finding) => void;
}

export interface ProbeResult {
  readonly findings: readonly Finding[];
  /** Why nothing could be asked. */
  readonly problem?: string;
  /** Definitions that could not be deleted. */
  readonly left: readonly string[];
}

/** What a probe saw, with all that its report tells. */
export interface Probed extends ProbeResult {
  readonly accountType: string;
  readonly version: string;
  readonly exchanges: readonly Exchange[];
}

/** A new definition may take its time until events of it are taken. */
const PATIENCE = 6;
const PATIENCE_MS = 10_000;

/** Makes definitions, asks every question with events of theirs, and deletes them. */
export async function runProbe(account: ProbeAccount, options: ProbeOptions): Promise<ProbeResult> {
  const made = await define(account);
  const findings: Finding[] = [];
  const problem = await ask(account, options, made, findings).catch(
    (error: Error) => `The probe itself failed: ${error.message}`,
  );
  const left = await cleanUp(account, made, options.sleepAnyway);
  return { findings, left, ...(problem !== undefined && { problem }) };
}

/** @returns why nothing could be asked */
async function ask(
  account: ProbeAccount,
  options: ProbeOptions,
  made: readonly string[],
  findings: Finding[],
): Promise<string | undefined> {
  if (made.length < 2) {
    return 'The event definitions cannot be made: the token needs the scope behavioral_events.event_definitions.read_write.';
  }
  const problem = await firstEvent(account, options);
  if (problem === undefined) await askAll(account, options, findings);
  return problem;
}

/** An event that breaks no rule must be taken, or no refusal means anything. */
async function firstEvent(
  { send, event }: ProbeAccount,
  { sleep, signal }: ProbeOptions,
): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    const answer = await send('an event that breaks no rule', event());
    if (isTaken(answer.status)) return undefined;
    if (tries === PATIENCE || signal.aborted || answer.status === 401 || answer.status === 403) {
      return `HubSpot takes no event that breaks no rule (${short(answer)}): the token needs the scope analytics.behavioral_events.send, and perhaps --email with a contact of the account.`;
    }
    await sleep(PATIENCE_MS);
  }
}

async function askAll(
  account: ProbeAccount,
  options: ProbeOptions,
  findings: Finding[],
): Promise<void> {
  const known: Record<string, string | number> = {};
  for (const one of [
    ...sendQuestions(account),
    ...boundQuestions(account, options),
    ...readQuestions(account, options),
  ]) {
    if (options.signal.aborted) return;
    const { decides, question } = one;
    options.onQuestion(question);
    const found = { question, decides, ...(await one.ask(known as Known)) };
    // What was cut short decides nothing.
    if (options.signal.aborted) return;
    if (found.value !== undefined) known[decides] = found.value;
    findings.push(found);
    options.onFinding(found);
  }
}
