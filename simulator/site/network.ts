import type { Ledger } from '../laws/ledger.ts';
import type { Random } from '../time/random.ts';
import type { Scheduler } from '../time/scheduler.ts';
import type { Trace } from '../time/trace.ts';
import type { Browser } from './browser.ts';

/** A request of a page on its way to the relay. */
export interface Upload {
  readonly from: Pick<Browser, 'name'>;
  readonly body: string;
  /** Whether the page took it along when it ended. */
  isCut(): boolean;
  answered(response: Response): void;
  failed(): void;
}

/** What the network does to a request. */
export type NetworkFault =
  | 'request lost'
  | 'answer lost'
  | 'sent twice'
  | 'answer breaks off'
  | 'login page'
  | 'proxy says 403'
  | 'proxy says 502'
  | 'slow';

export const NETWORK_FAULTS: readonly NetworkFault[] = [
  'request lost',
  'answer lost',
  'sent twice',
  'answer breaks off',
  'login page',
  'proxy says 403',
  'proxy says 502',
  'slow',
];

export interface Network {
  post(upload: Upload): void;
  /** Which part of the requests meets the fault, 0 to 1. */
  disturb(fault: NetworkFault, share: number): void;
  calm(): void;
}

export interface NetworkTools {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly trace: Trace;
  /** The relay, or undefined when none takes connections. Resolves to undefined when it dies over the request. */
  readonly relay: (body: string) => Promise<Response | undefined> | undefined;
}

const HTML = '<!doctype html><title>Sorry</title><p>Please try again.';

export function createNetwork(tools: NetworkTools): Network {
  const { scheduler, random, ledger, trace, relay } = tools;
  const faults = new Map<NetworkFault, number>();

  const meets = (fault: NetworkFault) => random.chance(faults.get(fault) ?? 0);
  const latencyMs = () =>
    5 + random.exponential(20) + (meets('slow') ? random.between(1e3, 4e4) : 0);

  function proxyAnswer(): Response | undefined {
    const headers = { 'content-type': 'text/html' };
    if (meets('login page')) return new Response(HTML, { status: 200, headers });
    if (meets('proxy says 403')) return new Response(HTML, { status: 403, headers });
    if (meets('proxy says 502')) return new Response(HTML, { status: 502, headers });
    return undefined;
  }

  async function arrive(upload: Upload): Promise<void> {
    if (upload.isCut()) return;
    const early = proxyAnswer();
    if (early) return void scheduler.schedule(() => upload.answered(early), latencyMs());
    const answer = relay(upload.body);
    const response = await answer;
    if (response === undefined) return void scheduler.schedule(upload.failed, latencyMs());
    const text = response.body === null ? null : await response.text();
    const { status, headers } = response;
    ledger.answered(upload.body, status, text);
    if (trace.isOn) trace.note(upload.from.name, `is answered ${status} ${text ?? ''}`.trim());
    const back = new Response(text, { status, headers });
    scheduler.schedule(() => {
      if (meets('answer lost')) upload.failed();
      else upload.answered(text && meets('answer breaks off') ? broken(back) : back);
    }, latencyMs());
  }

  return {
    post(upload) {
      if (trace.isOn) trace.note(upload.from.name, `posts ${upload.body.length} bytes`);
      ledger.posted(upload.body);
      if (meets('request lost')) return void scheduler.schedule(upload.failed, latencyMs());
      scheduler.schedule(() => void arrive(upload), latencyMs());
      if (meets('sent twice'))
        scheduler.schedule(
          () => void arrive({ ...upload, answered() {}, failed() {} }),
          latencyMs(),
        );
    },
    disturb: (fault, share) => void faults.set(fault, share),
    calm: () => faults.clear(),
  };
}

/** The head of an answer, and a connection that ends in the middle of the body. */
function broken(response: Response): Response {
  const body = new ReadableStream({
    pull: (controller) => controller.error(new TypeError('terminated')),
  });
  const { headers } = response;
  return new Response(body, { status: response.status, headers });
}
