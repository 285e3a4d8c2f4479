import { parseObject } from '../parse-object.ts';
import { type Finding, fail, ok, unknown, warn } from './finding.ts';
import { ask } from './read-answer.ts';

export interface RelayPaths {
  /** As pages reach it: `https://relay.example.com`. */
  readonly relay: string;
  readonly events: string;
  readonly script: string;
  /** As the relay counts them: `TRUSTED_PROXIES`. */
  readonly proxies: number;
  readonly now: () => number;
}

/** Whether the relay runs, is ready, and is what answers at its address. */
export async function checkRelay(paths: RelayPaths): Promise<Finding[]> {
  const { relay } = paths;
  const alive = await get(`${relay}/livez`);
  if (alive instanceof Error) {
    return [
      fail(
        'Relay',
        `nothing answers at ${relay} (${alive.message})`,
        'Pages keep their events for up to seven days.',
        /ENOTFOUND|EAI_AGAIN/.test(alive.message)
          ? `${new URL(relay).hostname} has no address: make a DNS entry for it, or correct the name.`
          : 'Start it, and let the proxy in front of it pass requests on.',
      ),
    ];
  }
  if (alive.text !== 'ok') {
    return [
      warn(
        'Relay',
        `${relay}/livez is not answered by the relay (${alive.status})`,
        'A proxy may pass only some paths; what readiness says cannot be read here.',
        'Ask where the relay itself listens: --relay http://127.0.0.1:8787.',
      ),
      await scriptFinding(paths),
    ];
  }
  return [
    ok('Relay', `${relay} answers`),
    proxyFinding(alive.headers, paths.proxies),
    ...relayClockFindings(alive.headers, paths.now()),
    await readyFinding(relay),
    await scriptFinding(paths),
  ];
}

const MINUTE_MS = 60_000;

/** By the time at which the answer says that it was made. This machine's own clock is compared with HubSpot's. */
function relayClockFindings(headers: Headers, now: number): Finding[] {
  const check = 'Clock of the relay';
  const at = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(at)) return [];
  const offMs = at - now;
  if (Math.abs(offMs) < MINUTE_MS) return [ok(check, 'as this machine’s')];
  const minutes = Math.round(Math.abs(offMs) / MINUTE_MS);
  return [
    warn(
      check,
      `${minutes} min ${offMs > 0 ? 'ahead of' : 'behind'} this machine’s`,
      'Signed identities seem expired, or not yet valid, and their events wait in the pages.',
      'On the relay’s machine, switch on time synchronisation: timedatectl set-ntp true.',
    ),
  ];
}

/** What proxies write into answers. The relay itself writes none of them. */
const MARKS_OF_PROXIES = ['via', 'server', 'cf-ray', 'x-cache', 'x-served-by'];

function proxyFinding(headers: Headers, proxies: number): Finding {
  const check = 'Proxies';
  const mark = MARKS_OF_PROXIES.find((name) => headers.has(name));
  if (mark !== undefined && proxies === 0) {
    return warn(
      check,
      `a proxy answers (${mark}: ${headers.get(mark)}), and TRUSTED_PROXIES is 0`,
      'All visitors share one limit per address, or there is none.',
      'Set TRUSTED_PROXIES to the number of proxies before the relay.',
    );
  }
  const seen = mark === undefined ? 'no answer names one' : `${mark}: ${headers.get(mark)}`;
  return unknown(
    check,
    `TRUSTED_PROXIES is ${proxies}, ${seen}; how many there are cannot be seen from outside`,
    'The relay logs a warning at the first request whose X-Forwarded-For does not fit.',
  );
}

async function readyFinding(relay: string): Promise<Finding> {
  const check = 'Delivery';
  const answer = await get(`${relay}/readyz`);
  if (answer instanceof Error) return unknown(check, `${relay}/readyz: ${answer.message}`);
  const { ready, key, lane, storageProblem, oldestWaitMs = 0 } = parsed(answer.text);
  if (ready) return ok(check, 'events are stored and delivered');
  if (key === 'refused') {
    return fail(
      check,
      'HubSpot refuses the relay’s key',
      'Events are stored, and none is delivered.',
      'The relay’s log says why: set a valid HUBSPOT_ACCESS_TOKEN, or give the key its scope, and restart the relay.',
    );
  }
  if (storageProblem) {
    return fail(
      check,
      `the storage takes no events: ${storageProblem}`,
      'Pages are answered 503 and keep their events.',
      'The relay’s log names the file or the database, and what to do.',
    );
  }
  const cause = lane?.cause ?? 'unknown';
  const next = lane?.probeAt ? `, next look ${new Date(lane.probeAt).toISOString()}` : '';
  return fail(
    check,
    `nothing is delivered (${lane?.state ?? 'waiting'}, cause ${cause}${next})`,
    `Events are stored, the oldest for ${Math.round(oldestWaitMs / 60_000)} min.`,
    FIXES[cause] ??
      'The relay’s log has HubSpot’s words: "hubspot call". It goes on by itself when the cause is gone.',
  );
}

const FIXES: Readonly<Record<string, string>> = {
  operator: 'hubrelay resume',
  unauthorized: 'Set a valid HUBSPOT_ACCESS_TOKEN and restart the relay.',
  forbidden: 'Give the key the scope analytics.behavioral_events.send.',
};

async function scriptFinding({ relay, script }: RelayPaths): Promise<Finding> {
  const check = 'Script';
  const url = `${relay}${script}`;
  const answer = await get(url);
  if (answer instanceof Error) return unknown(check, `${url}: ${answer.message}`);
  const type = answer.headers.get('content-type') ?? '';
  if (answer.status === 200 && type.includes('javascript')) return ok(check, url);
  return fail(
    check,
    `${url} is not a script (${answer.status}, ${type || 'no type'})`,
    'A page with the script tag tracks nothing.',
    `Let the proxy pass ${script.replace(/\.js$/, '')}* to the relay, or set SCRIPT_PATH.`,
  );
}

/** What a page of this origin would meet. Stores nothing: the batch that it sends has no events. */
export async function checkOrigin(origin: string, paths: RelayPaths): Promise<Finding[]> {
  const check = `Origin ${origin}`;
  const url = `${paths.relay}${paths.events}`;
  if (origin.startsWith('https:') && paths.relay.startsWith('http:') && !isLocal(paths.relay)) {
    return [
      fail(
        check,
        `${paths.relay} has no TLS, and the page has`,
        'Browsers block it as mixed content.',
        'Put a proxy with TLS before the relay.',
      ),
    ];
  }
  const [empty, broken] = [await post(url, origin, '{}'), await post(url, origin, '{')];
  if (empty instanceof Error) return [unknown(check, `${url}: ${empty.message}`)];
  if (empty.status >= 300 && empty.status < 400) {
    return [
      fail(
        check,
        `${url} is redirected to ${empty.headers.get('location')}`,
        'Browsers do not send a page’s events on to another origin.',
        'Give pages the address that the redirect names.',
      ),
    ];
  }
  const { code, detail = '' } = parsed(empty.text);
  if (code === 'origin_not_allowed') {
    return [
      fail(
        check,
        'the relay refuses it (403 origin_not_allowed)',
        'Pages of this website keep their events, and send them when it is allowed.',
        `Add ${origin} to ALLOWED_ORIGINS and restart the relay.`,
      ),
    ];
  }
  if (code === undefined) {
    return [
      fail(
        check,
        `${url} is not answered by the relay (${empty.status})`,
        'A proxy, a firewall or a login page answers in its place; pages keep their events.',
        `Let the proxy pass POST ${paths.events} to the relay, without a challenge or a login.`,
      ),
    ];
  }
  if (!(broken instanceof Error) && parsed(broken.text).code === code && code !== 'overloaded') {
    return [
      fail(
        `Proxy before ${paths.relay}`,
        `two different bodies are answered alike (${code}: ${detail})`,
        'The body does not reach the relay: something before it drops it.',
        'Let the proxy pass the body of POST requests of the type text/plain.',
      ),
    ];
  }
  const allowed = empty.headers.get('access-control-allow-origin');
  const isSame = new URL(paths.relay).origin === origin;
  if (!isSame && allowed !== origin) {
    return [
      fail(
        check,
        `the answer allows ${allowed ?? 'no origin'} to read it`,
        'A page cannot tell that its events were taken, so it sends them again and again.',
        'Let the proxy pass the header Access-Control-Allow-Origin of the relay, once.',
      ),
    ];
  }
  return [
    ok(check, 'may send events, and reads the answer'),
    ...(await checkPreflight(origin, url)),
  ];
}

/** The script needs none. Tools that add headers to a page's requests, and clients that send application/json, do. */
async function checkPreflight(origin: string, url: string): Promise<Finding[]> {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
  };
  const answer = await ask(url, { method: 'OPTIONS', headers, redirect: 'manual' });
  const passes =
    !(answer instanceof Error) &&
    answer.status >= 200 &&
    answer.status < 300 &&
    /content-type/i.test(answer.headers.get('access-control-allow-headers') ?? '');
  if (passes) return [];
  return [
    warn(
      `Preflight of ${origin}`,
      `OPTIONS ${url} is not answered as the relay does (${answer instanceof Error ? answer.message : answer.status})`,
      'A page whose tracing adds headers to its requests sends no events.',
      'Let the proxy pass OPTIONS requests to the relay.',
    ),
  ];
}

const isLocal = (url: string) =>
  ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);

interface Said {
  readonly ready?: boolean;
  readonly key?: 'refused';
  readonly lane?: { readonly state: string; readonly cause?: string; readonly probeAt?: number };
  readonly storageProblem?: string;
  readonly oldestWaitMs?: number;
  readonly code?: string;
  readonly detail?: string;
}

const parsed = (text: string): Said => parseObject(text);

const get = (url: string) => ask(url, { redirect: 'manual' });

const post = (url: string, origin: string, body: string) =>
  ask(url, {
    method: 'POST',
    headers: { origin, 'content-type': 'text/plain;charset=UTF-8' },
    body,
    redirect: 'manual',
  });
