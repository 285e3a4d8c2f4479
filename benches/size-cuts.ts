/** A place in the browser's source, and what stands there without a behaviour. */
export interface Cut {
  readonly file: string;
  readonly from: string | RegExp;
  readonly to: string;
}

const core = (from: string | RegExp, to = ''): Cut => ({
  file: 'create-core-tracker.ts',
  from,
  to,
});
const full = (from: string | RegExp, to = ''): Cut => ({ file: 'create-tracker.ts', from, to });
const tag = (from: string | RegExp, to = ''): Cut => ({ file: 'script-tag.ts', from, to });

/** Behaviours by name. A shared part counts with the last behaviour that needs it. */
export const cuts: Record<string, readonly Cut[]> = {
  'page views, by History and Navigation API': [full(/if \(pageviewEvent\).*/)],
  'clicks and forms by attribute': [full(/if \(clicks\).*/)],
  'page properties, secret parameters left out': [full(/hasPageProperties && .*/)],
  '_hsq taken over': [full(/if \(capturesHsq\).*/)],
  'HubSpot’s banner followed': [full(/if \(consent === 'hubspot'\).*/)],
  'a visitor’s cookie made': [full(/\.\.\.\(mintsVisitor.*/)],
  'one tracker per name, close()': [
    full(/if \(found\) \{[\s\S]*?\n {2}\}/),
    full(/const \{ close \}[\s\S]*?page\[id\] = tracker;/),
    tag(/if \(page\[idOf\(name\)\]\).*/),
  ],
  debug: [full(/\.\.\.\(debug &&.*/), core(/attempt\(\(\) => tell.*/, 'undefined;')],
  'attributes: names and values checked, short forms': [
    tag(/OPTION\.test\(.*\)/, 'true'),
    tag(/\/\^\(\(endpoint.*/, '1;'),
    tag(/if \(name !== key && !isOption\).*/),
  ],
  'unknown options told': [
    core(/for \(const option of Object\.keys[\s\S]*?`\);/),
    core(/\n {2}\.\.\.unknown/),
  ],
  'queue of commands, functions, Turbo’s preview': [
    tag(/if \(document\.querySelector\('\[data-turbo.*/),
    tag(/for \(const command of[\s\S]*?'cannot run', command\);/),
  ],
  'identities: whose event it is, after logout and in the next page': [
    core(/const jwt = .*/, 'const jwt = identity;'),
    core(/current = jwt[\s\S]*?\|\| '';/, 'identity = jwt;'),
    core(/identities\[\(batch.*/),
  ],
  'batches of one owner, with the token of track()': [
    core(/utk: utk \|\| now/, 'utk: now'),
    core('its === owner && ', ''),
  ],
  'fetchLater, called off when it must be': [
    core(/insurance\?\.abort\(\);/g),
    core(/\/\/ No result[\s\S]*?defer\(body\)\);/),
    core('post, defer, beacon', 'post, beacon'),
  ],
  'beacon at the end of the page': [core('post, defer, beacon', 'post, defer')],
  'leftovers of dead pages (locks, age)': [
    core(/const silent = later[\s\S]*?\n {4}\}\);\n {2}\};/, '};'),
    core('claim(own);\n        store', 'store'),
  ],
  'locks that never answer, or are not there': [
    core(/const silent = later[\s\S]*?\n {4}\);/),
    core('clearTimeout(silent);', ''),
  ],
  'expired after seven days': [core(/if \(performance\.timeOrigin[\s\S]*?'expired'\);/)],
  'a full outbox': [
    core(/let used[\s\S]*?EXTRA_PER_EVENT;/),
    core("used > MAX_OUTBOX && 'outbox_full'", 'false'),
  ],
  'backoff and Retry-After': [core(/const ms = retryDelayMs.*/, 'const ms = 1000;')],
  'what a firewall refuses is split and put back': [core(/if \(!code\) \{[\s\S]*?\n {10}\}/)],
  'a redirected endpoint told': [core(/if \(redirected\) .*/)],
  'a missing cookie told': [core(/if \(missing === 'hubspotutk'[\s\S]*?events wait'\);/)],
  'Global Privacy Control and do-not-track': [core(/ \|\|\n {4}\(respectGpc[\s\S]*?Tracked\(\)\)/)],
  'prerendered pages wait': [
    { file: 'when-shown.ts', from: /if \(globalThis[\s\S]*else /, to: '' },
  ],
  'Angular stays stable': [{ file: 'later.ts', from: /\(globalThis as[\s\S]*?\|\| /, to: '' }],
  'pages without HTTPS (uuid)': [
    { file: 'random-uuid.ts', from: /if \(crypto[\s\S]*-36\)/, to: 'return crypto.randomUUID()' },
  ],
  'old libraries’ toJSON': [{ file: 'to-json.ts', from: /, function[\s\S]*?\}\);/, to: ');' }],
  'properties that cannot be read': [
    {
      file: 'plain-properties.ts',
      from: /attempt\(\(\) => \{\n {10}(.*)\n {8}\}\);/,
      to: 'plain[name] = properties[name];',
    },
  ],
  'two cookies of a name, a clobbered document.cookie': [
    { file: 'visitor.ts', from: /\|\|\n {4}attempt\([\s\S]*?\n {4}\)/, to: '' },
  ],
  'another tab’s withdrawal': [core(/addEventListener\('storage'.*/)],
  'the network coming back': [core(/addEventListener\('online'[\s\S]*?\n {4}\}\);/)],
};
