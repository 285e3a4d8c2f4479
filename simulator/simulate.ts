import { audit } from './laws/audit.ts';
import { budgetCalls } from './laws/call-budget.ts';
import type { Violation } from './laws/ledger.ts';
import { expectDirectTold } from './laws/told.ts';
import { watch } from './laws/watch.ts';
import { resume } from './operator.ts';
import type { Plan } from './plan/plan.ts';
import { play } from './play.ts';
import type { OpenTracker } from './site/bundle.ts';
import { complaints, forbidRealTime } from './time/no-real-time.ts';
import { createScheduler, type Scheduler } from './time/scheduler.ts';
import { createTrace } from './time/trace.ts';
import { createWorld, type World } from './world.ts';

/** What a run came to. */
export interface Verdict {
  readonly violation?: Violation;
  readonly trace: readonly string[];
  /** The same whenever the same happened. */
  readonly digest: number;
  readonly simulatedMs: number;
  readonly events: number;
  readonly calls: number;
  readonly waits: number;
  readonly steps: number;
}

export interface RunOptions {
  /** How many of the plan's happenings take place. */
  readonly prefix: number;
  readonly isTraced: boolean;
}

const MINUTE_MS = 60_000;
/** Long enough for a page that was told to come back in an hour: until then it looks after what others left, too. */
const VISIT_MS = 75 * MINUTE_MS;
const CALM_MS = 3 * 60 * MINUTE_MS;

/** Those who are there when no more visitors come are as many as a normal site has for so long; then hardly an event comes that is not at fault. */
const STILL_BUSY_MS = 12_000;

/** As many events as no run has. */
const ROOM = 100_000;

let current: Scheduler;
forbidRealTime(() => current);

/** Plays a plan from beginning to end, or to the first broken law. */
export async function simulate(
  plan: Plan,
  openTracker: OpenTracker,
  { prefix, isTraced }: RunOptions,
): Promise<Verdict> {
  const scheduler = createScheduler();
  current = scheduler;
  const startedAt = scheduler.now();
  const trace = createTrace(isTraced, scheduler.now);
  const world = createWorld(plan, openTracker, scheduler, trace);
  const { ledger } = world;
  const isBroken = () => ledger.violation() !== undefined || complaints.length > 0;

  await runLoad(world, prefix, isBroken);
  if (!isBroken()) await runCalm(world, isBroken);
  if (!isBroken()) {
    await scheduler.run(scheduler.now() + MINUTE_MS, isBroken);
    for (const relay of world.relays) relay.kill();
    await settle(audit(world), scheduler);
  }
  world.close();
  const [complaint] = complaints.splice(0);
  const violation = complaint ? { law: 'repeatable', message: complaint } : ledger.violation();
  return {
    ...(violation && { violation }),
    trace: trace.lines(),
    digest: scheduler.digest(),
    simulatedMs: scheduler.now() - startedAt,
    events: ledger.events.size,
    calls: world.hubspot.calls(),
    waits: world.quiet.samples(),
    steps: scheduler.steps(),
  };
}

async function runLoad(world: World, prefix: number, isBroken: () => boolean): Promise<void> {
  const { plan, scheduler, relays, visits } = world;
  const startedAt = scheduler.now();
  const happenings = plan.happenings.slice(0, prefix);
  for (const relay of relays) relay.start();
  for (const happening of happenings) {
    scheduler.schedule(() => {
      play(happening, world);
      if (happening.does !== 'service fault' || plan.kind !== 'outage') return;
      budgetCalls(happening.fault, world);
      expectDirectTold(happening.fault, happening.forMs, world);
    }, happening.at);
  }
  const end = startedAt + plan.loadMs;
  const rushAt = startedAt + plan.rushAt;
  visits.begin((now) => (now < rushAt ? plan.eventsPerSecondBefore : plan.eventsPerSecond), end);
  scheduler.schedule(() => world.quiet.disturb(CALM_MS * 2), plan.loadMs + STILL_BUSY_MS);
  watch(world);
  await scheduler.run(end, isBroken);
}

/** Everything works, every visitor is there, and whatever can arrive does. */
async function runCalm(world: World, isBroken: () => boolean): Promise<void> {
  const { scheduler, trace, hubspot, network, storage, relays, visits, ledger, random } = world;
  if (trace.isOn) trace.note('HAPPENS', 'calm');
  // What is under way ends first, so that nothing is undone after it.
  await scheduler.run(scheduler.now() + MINUTE_MS, () => isBroken() || world.trouble.active === 0);
  hubspot.fault = undefined;
  const isCured = random.chance(0.5);
  // Events at fault that fill an outbox leave no room for others until they expire.
  hubspot.isCured ||= isCured || world.plan.maxEvents < ROOM;
  network.calm();
  storage?.disturb(undefined);
  for (const relay of relays) {
    if (relay.isUp) await settle(relay.stop(), scheduler);
    relay.start();
  }
  resume(world);
  for (const browser of visits.browsers()) {
    for (const page of browser.pages) page.thaw();
    visits.comeBack(browser);
  }
  const isDone = () => isBroken() || (ledger.waiting.size === 0 && visits.underWay() === 0);
  await scheduler.run(scheduler.now() + VISIT_MS, isDone);
  // What one page looks after while it has events of its own, the next visit finds.
  for (const browser of visits.browsers()) if (!isDone()) visits.comeBack(browser);
  await scheduler.run(scheduler.now() + CALM_MS, isDone);
}

/** Lets time pass until a promise is kept. */
async function settle(promise: Promise<unknown>, scheduler: Scheduler): Promise<void> {
  let isSettled = false;
  void promise.finally(() => {
    isSettled = true;
  });
  await scheduler.run(scheduler.now() + MINUTE_MS, () => isSettled);
  if (isSettled) await promise;
}
