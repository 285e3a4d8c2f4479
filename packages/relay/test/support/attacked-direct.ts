import { directAcceptor } from '../../src/accept/direct.ts';
import type { HubSpotEvent } from '../../src/hubspot/event.ts';
import { type Attack, type Attacked, playAttack } from './attacked.ts';

/** The same in direct mode: each event is a visitor's post, and who is told to come back does so. */
export function attackDirect(options: Attack): Promise<Attacked> {
  return playAttack(options, async ({ client, clock, random }) => {
    const acceptor = directAcceptor(client, { clock, random });
    async function post(event: HubSpotEvent): Promise<void> {
      const answer = await acceptor.accept([event]);
      if (answer.kind === 'not_now') clock.schedule(() => void post(event), answer.retryAfterMs);
    }
    return {
      async store(events) {
        for (const event of events) void post(event);
      },
      stop: async () => {},
    };
  });
}
