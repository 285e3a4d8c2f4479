import { CommandError } from '../cli-command.ts';
import type { DeadConditions } from './admin-client.ts';

/** The options by which `hubrelay dead` commands choose dead letters. */
export const conditionArgs = {
  event: {
    type: 'string',
    valueHint: 'name',
    description: 'Only this event: signup, or as HubSpot calls it, pe1234567_signup',
  },
  reason: {
    type: 'string',
    valueHint: 'why',
    description:
      'Only dead letters with this reason: refused_by_hubspot, expired, rejected_by_policy or buried_by_operator',
  },
  after: {
    type: 'string',
    valueHint: 'time',
    description: 'Only dead letters from this time on, ISO 8601',
  },
  before: {
    type: 'string',
    valueHint: 'time',
    description: 'Only dead letters from before this time, ISO 8601',
  },
} as const;

/** The same, for commands that change something: they need a condition, or to be told that all is meant. */
export const orderArgs = {
  ...conditionArgs,
  all: { type: 'boolean', description: 'Every dead letter' },
} as const;

interface ConditionValues {
  readonly event?: string | undefined;
  readonly reason?: string | undefined;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

export function conditionsOf({ event, reason, after, before }: ConditionValues) {
  return {
    ...(event !== undefined && { eventName: event }),
    ...(reason !== undefined && { reason }),
    ...(after !== undefined && { after }),
    ...(before !== undefined && { before }),
  };
}

/** @param uuids the words of the command line that are no options */
export function orderOf(
  args: ConditionValues & { readonly all?: boolean | undefined },
  uuids: readonly string[],
): DeadConditions {
  const conditions = { ...conditionsOf(args), ...(uuids.length > 0 && { uuids }) };
  const isEmpty = Object.keys(conditions).length === 0;
  if (isEmpty && !args.all) {
    throw new CommandError(
      'Say which dead letters: uuids, --event, --reason, --after, --before, or --all.',
    );
  }
  if (!isEmpty && args.all) {
    throw new CommandError('--all takes every dead letter: leave it out, or the conditions.');
  }
  return isEmpty ? { all: true } : conditions;
}
