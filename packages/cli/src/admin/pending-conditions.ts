import { CommandError } from '../cli-command.ts';
import type { PendingConditions } from './admin-client.ts';

/** The options by which `hubrelay pending` commands choose events. */
export const pendingArgs = {
  event: {
    type: 'string',
    valueHint: 'name',
    description: 'Only this event: signup, or as HubSpot calls it, pe1234567_signup',
  },
  'min-attempts': {
    type: 'string',
    valueHint: 'number',
    description: 'Only events with at least this many failed attempts',
  },
  'max-attempts': {
    type: 'string',
    valueHint: 'number',
    description: 'Only events with at most this many failed attempts',
  },
  status: {
    type: 'string',
    valueHint: 'status',
    description: 'Only events whose last try was answered with this HTTP status; none: no answer',
  },
  after: {
    type: 'string',
    valueHint: 'time',
    description: 'Only events stored at or after this time, ISO 8601',
  },
  before: {
    type: 'string',
    valueHint: 'time',
    description: 'Only events stored before this time, ISO 8601',
  },
} as const;

/** The same, for commands that change something: they need a condition, or `--all`. */
export const pendingOrderArgs = {
  ...pendingArgs,
  all: { type: 'boolean', description: 'Every pending event' },
} as const;

type Values = { readonly [Name in keyof typeof pendingArgs]?: string | undefined };

/** As text, as they stand in a query. */
export function pendingQueryOf(args: Values): Record<string, string> {
  const given: [string, string | undefined][] = [
    ['eventName', args.event],
    ['minAttempts', args['min-attempts']],
    ['maxAttempts', args['max-attempts']],
    ['lastStatus', args.status],
    ['after', args.after],
    ['before', args.before],
  ];
  return Object.fromEntries(
    given.filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** @param uuids the words of the command line that are no options */
export function pendingOrderOf(
  args: Values & { readonly all?: boolean | undefined },
  uuids: readonly string[],
): PendingConditions {
  const query = pendingQueryOf(args);
  const isEmpty = Object.keys(query).length === 0 && uuids.length === 0;
  if (isEmpty && !args.all) {
    throw new CommandError(
      'Say which events: uuids, --event, --min-attempts, --max-attempts, --status, --after, --before, or --all.',
    );
  }
  if (!isEmpty && args.all) {
    throw new CommandError('--all takes every pending event: leave it out, or the conditions.');
  }
  if (isEmpty) return { all: true };
  const conditions = Object.entries(query).map(([name, text]) => [name, asNumber(name, text)]);
  return { ...Object.fromEntries(conditions), ...(uuids.length > 0 && { uuids }) };
}

const NUMBERS = ['minAttempts', 'maxAttempts', 'lastStatus'];

/** What is not a number stays as it is: the relay says what it wants. */
function asNumber(name: string, text: string): string | number {
  return NUMBERS.includes(name) && /^\d+$/.test(text) ? Number(text) : text;
}
