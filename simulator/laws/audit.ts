import type { DeadLetter } from '../../packages/relay/src/outbox/outbox.ts';
import type { World } from '../world.ts';
import { type Holdings, holdingsOf } from './holdings.ts';
import type { Ledger, TrackedEvent } from './ledger.ts';

/** At the end of a run, when every relay has stopped: each event is where it belongs, and nowhere else. */
export async function audit({ ledger, storage, quiet, plan, scheduler }: World): Promise<void> {
  const held = await holdingsOf(storage?.openForAudit());
  const isLimited = held.stats !== undefined && plan.maxDead < LIMITLESS;
  const gone = [...ledger.events.values()].filter(
    (event) => isGone(event, held) && !(isLimited && mayBeDropped(event, scheduler.now())),
  );
  for (const { uuid } of gone)
    ledger.violate('not lost', `${uuid} is neither at HubSpot nor dead nor pending`);
  for (const event of ledger.events.values()) expectPlace(event, held, ledger, scheduler.now());
  expectCounts(held, ledger);
  expectDropped(held, ledger, plan.maxDead);
  const wait = quiet.verdict();
  if (wait) ledger.violate('who waits is who is at fault', wait);
}

/** The outbox's default. */
const HORIZON_MS = 48 * 3_600_000;

/** More dead letters than any run has. */
const LIMITLESS = 1_000_000;

/** A relay has answered for it, and it is nowhere. */
function isGone(event: TrackedEvent, { pending, dead }: Holdings): boolean {
  const { uuid, isRemoved, acknowledgedAt } = event;
  if (isRemoved || acknowledgedAt === undefined || isAtHubSpot(event)) return false;
  return !dead.has(uuid) && !pending.has(uuid);
}

/** Where the dead letters are limited: only what would have been one. */
function mayBeDropped(event: TrackedEvent, now: number): boolean {
  const { fate, refusals, acknowledgedAt = now } = event;
  const isRefused = fate !== undefined && refusals.length > 0;
  return isRefused || now - acknowledgedAt >= HORIZON_MS;
}

/** What is gone for want of room is counted, and nothing else is. */
function expectDropped(held: Holdings, ledger: Ledger, maxDead: number): void {
  const { stats } = held;
  if (stats === undefined) return;
  const { refused_by_hubspot: refused, expired } = stats.dropped;
  const gone = [...ledger.events.values()].filter((event) => isGone(event, held)).length;
  if (gone > refused + expired)
    ledger.violate('not lost', `${gone} events are gone, ${refused + expired} are counted as such`);
  if (stats.dead > maxDead)
    ledger.violate('sum', `${stats.dead} dead letters, at most ${maxDead} may be kept`);
  if (refused + expired > stats.removed)
    ledger.violate('sum', `${JSON.stringify(stats.dropped)} of ${stats.removed} removed`);
  if (maxDead >= LIMITLESS && refused + expired > 0)
    ledger.violate('sum', `${JSON.stringify(stats.dropped)} had no room, though there was some`);
}

const isAtHubSpot = (event: TrackedEvent) =>
  event.appliedAt !== undefined || event.wasCalledDuplicate;

/** HubSpot took an event and its answer was lost: the relay finds out when it sends the event again. */
const UNHEARD_MS = 15 * 60_000;

function expectPlace(
  event: TrackedEvent,
  { pending, dead }: Holdings,
  ledger: Ledger,
  now: number,
): void {
  const { uuid, isRemoved, fate } = event;
  const letter = dead.get(uuid);
  if (isRemoved) return;
  if (event.acknowledgedAt === undefined) {
    if (ledger.waiting.has(event))
      ledger.violate('arrives in the end', `no relay has taken ${uuid} of a page`);
  } else if (letter) expectTrueReason(event, letter, ledger);
  else if (fate === undefined && pending.has(uuid) && now - (event.appliedAt ?? 0) >= UNHEARD_MS)
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
