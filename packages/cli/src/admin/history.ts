import type { DeadLetter, DeliveredEvent, PendingEvent, StepHistory } from '@hubrelay/relay';
import { CommandError } from '../cli-command.ts';
import { type AdminClient, NotFoundError } from './admin-client.ts';

/** Where an event is, with what the relay knows of its way. */
export type Found =
  | ({ readonly state: 'pending' } & PendingEvent)
  | ({ readonly state: 'dead' } & DeadLetter)
  | ({ readonly state: 'delivered' } & DeliveredEvent)
  /** The relay remembers steps of it, and no longer has it. */
  | { readonly state: 'gone'; readonly uuid: string };

/** What the relay has, or had and can show. */
export type Present = Exclude<Found, { readonly state: 'gone' }>;

export interface Known {
  readonly found: Found;
  /** Absent where the relay keeps none: a Worker, or one of a version before. */
  readonly history?: StepHistory;
}

/** For programs: where it is, and its steps beside. */
export const documentOf = ({ found, history }: Known) => ({
  ...found,
  ...(history && { history }),
});

/** Where an event is, with each step of its way that the relay remembers. @returns undefined when it knows nothing of it */
export async function wayOf(admin: AdminClient, uuid: string): Promise<Known | undefined> {
  const found = await lookUp(admin, uuid);
  // Whatever keeps a relay from telling its history, where the event is has been told.
  const history = await admin.history(uuid).catch((error: unknown) => {
    if (error instanceof CommandError) return undefined;
    throw error;
  });
  if (found) return { found, ...(history && { history }) };
  return history && history.items.length > 0
    ? { found: { state: 'gone', uuid }, history }
    : undefined;
}

/** @returns undefined when the relay does not know it (any more) */
export async function lookUp(admin: AdminClient, uuid: string): Promise<Present | undefined> {
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
