/**
 * Stands in for HubSpot's own tracking script, as far as a relay can notice it: it sets the visitor's cookies, in
 * HubSpot's shapes and with HubSpot's lifetime of 180 days. `hubspotutk` is 32 hex digits and no UUID; `__hstc` is
 * domain hash, visitor, first visit, previous visit, this visit and session number, joined by dots.
 */
export const HUBSPOT_SCRIPT = `(() => {
  const read = (name) => document.cookie.split('; ').find((c) => c.startsWith(name + '='))?.slice(name.length + 1);
  const write = (name, value, seconds) => {
    document.cookie = name + '=' + value + ';path=/;SameSite=Lax' + (seconds ? ';max-age=' + seconds : '');
  };
  const halfYear = 180 * 86400;
  const now = Date.now();
  const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
  const utk = read('hubspotutk') ?? random();
  const [, , first = now, , previous = now, session = 0] = (read('__hstc') ?? '').split('.');
  const fresh = !read('__hssc');
  write('hubspotutk', utk, halfYear);
  write('__hstc', [181257784, utk, first, previous, now, Number(session) + (fresh ? 1 : 0)].join('.'), halfYear);
  write('__hssc', '181257784.1.' + now, 1800);
  write('__hssrc', '1');
})();
`;
