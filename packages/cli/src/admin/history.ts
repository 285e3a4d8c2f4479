import type { DeadLetter, DeliveredEvent, PendingEvent } from '@hubrelay/relay';
import { type AdminClient, NotFoundError } from './admin-client.ts';

/** Where an event is, with what the relay knows of its way. */
export type Found =
  | ({ readonly state: 'pending' } & PendingEvent)
  | ({ readonly state: 'dead' } & DeadLetter)
  | ({ readonly state: 'delivered' } & DeliveredEvent);

/** @returns undefined when the relay does not know it (any more) */
export async function lookUp(admin: AdminClient, uuid: string): Promise<Found | undefined> {
  const pending = await orUndefined(admin.showPending(uuid));
  if (pending) return { state: 'pending', ...pending };
  const dead = await orUndefined(admin.showDead(uuid));
  if (dead) return { state: 'dead', ...dead };
  const delivered = await orUndefined(admin.showDelivered(uuid));
  return delivered && { state: 'delivered', ...delivered };
}

async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** One line for each step, the first first. */
export function historyText(found: Found, now: number): string {
  const { event } = found;
  const happened = `${event.occurredAt}  tracked in the page: ${event.eventName} ${JSON.stringify(event.properties)}`;
  return [happened, ...stepsOf(found, now)].join('\n');
}

function stepsOf(found: Found, now: number): string[] {
  switch (found.state) {
    case 'pending': {
      const { enqueuedAt, attempts, lastError, dueAt, isClaimed } = found;
      const last = lastError ? `, the last: ${wordsOf(lastError)}` : '';
      const next = isClaimed
        ? 'on its way to HubSpot now'
        : `pending: the next try is ${dueAt <= now ? 'due now' : `at ${iso(dueAt)}`}`;
      return [
        `${iso(enqueuedAt)}  stored by the relay`,
        ...(attempts > 0 || lastError
          ? [
              `${' '.repeat(24)}  ${attempts > 0 ? `${attempts} tries failed` : 'HubSpot has not taken it'}${last}`,
            ]
          : []),
        `${iso(now)}  ${next}`,
      ];
    }
    case 'dead':
      return [
        `${iso(found.firstAt)}  stored by the relay, or last replayed`,
        `${iso(found.lastAt)}  dead letter after ${found.attempts} tries: ${found.reason}. ${wordsOf(found.error)}`.trimEnd(),
      ];
    case 'delivered':
      return [
        `${iso(found.deliveredAt)}  HubSpot acknowledged it; "hubrelay verify --uuid ${found.event.uuid}" looks whether it shows`,
      ];
  }
}

const iso = (at: number) => new Date(at).toISOString();

const wordsOf = ({ status, category, message }: DeadLetter['error']) =>
  ['HubSpot said:', status, category, message].filter(Boolean).join(' ').replaceAll('\n', ' ');
