import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet } from './fleet.ts';
import type { Random } from './random.ts';
import type { Sender } from './sender.ts';

export const ADMIN_TOKEN = 'an-admin-token-of-the-oracle';

/**
 * An operator pauses delivery at one relay and resumes it at another. In between all relays stop, start, are struck and start
 * again, while pages go on sending. @returns how many calls HubSpot got in the pause: none may be
 */
export async function playPause(
  fleet: Fleet,
  sender: Sender,
  random: Random,
  calls: () => number,
): Promise<number> {
  await fleet.start();
  await order(fleet, random, 'pause');
  // With the processes ends what they had claimed before.
  await fleet.stop();
  const before = calls();
  await fleet.start();
  sender.start();
  await sleep(random.integer(100, 500));
  await fleet.strike(random);
  await fleet.start();
  await sleep(random.integer(100, 500));
  await sender.stop();
  // A stop delivers whatever may be delivered.
  await fleet.stop();
  const during = calls() - before;
  await fleet.start();
  await order(fleet, random, 'resume');
  return during;
}

async function order(fleet: Fleet, random: Random, what: 'pause' | 'resume'): Promise<void> {
  const answer = await fetch(`${random.pick(fleet.urls())}/admin/v1/${what}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  if (!answer.ok) throw new Error(`${what} was answered ${answer.status}: ${await answer.text()}`);
}
