import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';

const CONNECTIONS = 32;

/** Posts batches of `events` events over kept connections. @returns the requests that were accepted */
export async function postFor(url: string, events: number, ms: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const start = performance.now();
  let accepted = 0;
  const client = async () => {
    while (performance.now() - start < ms) {
      const status = await post(url, agent, batchOf(events));
      if (status !== 202) throw new Error(`the relay answered ${status}`);
      accepted += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  return { count: accepted, perSecond: accepted / seconds };
}

function batchOf(count: number): string {
  const now = Date.now();
  const events = Array.from({ length: count }, () => ({
    uuid: randomUUID(),
    eventName: 'product_viewed',
    properties: { hs_page_url: 'https://shop.example/products/1', hs_page_title: 'A product' },
    occurredAt: now,
  }));
  return JSON.stringify({ sentAt: now, utk: '0123456789abcdef0123456789abcdef', events });
}

function post(url: string, agent: Agent, body: string): Promise<number | undefined> {
  const headers = {
    origin: 'https://shop.example',
    'content-type': 'text/plain',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const call = request(`${url}/v1/events`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    call.on('error', reject);
    call.end(body);
  });
}
