import type { DeadLetter } from '../../packages/relay/src/outbox/outbox.ts';
import type { World } from '../world.ts';
import { type Holdings, holdingsOf } from './holdings.ts';
import type { Ledger, TrackedEvent } from './ledger.ts';

/** At the end of a run, when every relay has stopped: each event is where it belongs, and nowhere else. */
export async function audit({ ledger, storage, quiet }: World): Promise<void> {
  const held = await holdingsOf(storage?.openForAudit());
  for (const event of ledger.events.values()) expectPlace(event, held, ledger);
  expectCounts(held, ledger);
  const wait = quiet.verdict();
  if (wait) ledger.violate('who waits is who is at fault', wait);
}

/** The outbox's default. */
const HORIZON_MS = 48 * 3_600_000;

const isAtHubSpot = (event: TrackedEvent) =>
  event.appliedAt !== undefined || event.wasCalledDuplicate;

function expectPlace(event: TrackedEvent, { pending, dead }: Holdings, ledger: Ledger): void {
  const { uuid, isRemoved, fate } = event;
  const letter = dead.get(uuid);
  if (isRemoved) return;
  if (event.acknowledgedAt === undefined) {
    if (ledger.waiting.has(event))
      ledger.violate('arrives in the end', `no relay has taken ${uuid} of a page`);
  } else if (letter) expectTrueReason(event, letter, ledger);
  else if (!isAtHubSpot(event) && !pending.has(uuid))
    ledger.violate('not lost', `${uuid} is neither at HubSpot nor dead nor pending`);
  else if (fate === undefined && pending.has(uuid))
    ledger.violate('arrives in the end', `${uuid} is still pending`);
}

/** A dead letter says what HubSpot said of this event alone. */
function expectTrueReason(event: TrackedEvent, letter: DeadLetter, ledger: Ledger): void {
  const { uuid, refusals, fate } = event;
  const { status, message } = letter.error;
  if (letter.reason === 'buried_by_operator') {
    if (!event.isBuried) ledger.violate('true reason', `no operator has buried ${uuid}`);
    return;
  }
  const wasSaid = refusals.some(
    (refusal) =>
      refusal.status === status && (message === undefined || refusal.message === message),
  );
  if (letter.reason === 'refused_by_hubspot' && !wasSaid)
    ledger.violate('true reason', `${uuid} died of ${status} ${message}, which HubSpot never said`);
  const hasExpired = letter.reason === 'expired' && letter.lastAt - letter.firstAt >= HORIZON_MS;
  if (letter.reason === 'expired' ? !hasExpired : fate === undefined)
    ledger.violate('true reason', `${uuid} is a dead letter (${letter.reason}), and not at fault`);
}

function expectCounts({ stats, pending, dead }: Holdings, ledger: Ledger): void {
  if (stats === undefined) return;
  const here = [...ledger.events.values()].filter(isAtHubSpot);
  const most = here.reduce((sum, { resends }) => sum + 1 + resends, 0);
  if (stats.dead !== dead.size)
    ledger.violate('sum', `${stats.dead} dead letters are counted, ${dead.size} listed`);
  if (stats.pending !== pending.size)
    ledger.violate('sum', `${stats.pending} pending events are counted, ${pending.size} found`);
  if (stats.delivered > most)
    ledger.violate('sum', `${stats.delivered} are counted as delivered, HubSpot has ${most}`);
}
