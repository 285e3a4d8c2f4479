import { closest, distance } from 'fastest-levenshtein';
import { scrubText } from '../observe/scrub.ts';
import { COMMAND_SETTINGS, NODE_SETTINGS, namesOf, RELAY_SETTINGS } from './settings.ts';

/** What a machine may have set: one file often serves the relay and the commands. */
const ON_A_MACHINE = namesOf({ ...RELAY_SETTINGS, ...NODE_SETTINGS, ...COMMAND_SETTINGS });

/** Prefixes that only our variables have. `IDENTITY_` is not among them: Azure sets `IDENTITY_ENDPOINT` and more. */
const OUR_PREFIXES = ['HUBSPOT_', 'OUTBOX_', 'RELAY_', 'RATE_LIMIT_', 'CHALLENGE_'];

/** HubSpot has not taken these for years: `HUBSPOT_API_KEY` must not lead there. */
const NEVER_SUGGESTED = namesOf({
  HUBSPOT_HAPIKEY: 'secret',
  HUBSPOT_PRIVATE_APP_LEGACY: 'secret',
});

/**
 * A sentence for each variable that is no setting and looks as if it was meant to be one. Nothing else would tell: what is
 * misspelt is not read. Values are not told, they may be secret.
 * @param known the names that are settings here
 */
export function unknownSettings(
  env: Readonly<Record<string, unknown>>,
  known = ON_A_MACHINE,
): string[] {
  const suggested = known.filter((name) => !NEVER_SUGGESTED.includes(name));
  return Object.keys(env)
    .filter((name) => !known.includes(name) && !isServiceLink(name, env[name]))
    .flatMap((name) => {
      const hint = hintFor(name, suggested);
      return hint === undefined ? [] : [scrubText(`${name} is not a setting; ${hint}`)];
    });
}

/**
 * Kubernetes and Docker describe a service called `relay` in `RELAY_SERVICE_HOST`, `RELAY_PORT`, `RELAY_PORT_8787_TCP_ADDR`:
 * https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
 */
function isServiceLink(name: string, value: unknown): boolean {
  const isNamedSo = /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$/.test(name);
  return isNamedSo || /^(tcp|udp|sctp):\/\//.test(String(value));
}

function hintFor(name: string, known: readonly string[]): string | undefined {
  const nearest = closest(name, known);
  if (distance(name, nearest) <= mostEdits(nearest)) return `did you mean ${nearest}?`;
  const prefix = OUR_PREFIXES.find((ours) => name.startsWith(ours));
  const relatives = known.filter((setting) => prefix && setting.startsWith(prefix));
  return relatives.length > 0
    ? `those that begin with ${prefix} are ${relatives.join(', ')}`
    : undefined;
}

/** Two edits make `HOME` of `HOST`. */
const mostEdits = (setting: string) => (setting.length < 8 ? 1 : 2);
