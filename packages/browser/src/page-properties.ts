import type { Properties } from '@hubrelay/protocol';

/** Parameters by which a reader of the URL could act as the visitor. */
const SECRET_PARAMETERS =
  'code|state|key|otp|jwt|\\w*(token|secret|passw|reset|session|api_?key)\\w*';

export interface PageUrlOptions {
  /**
   * What `hs_page_url` and `hs_referrer` leave out: names of parameters, as a regular expression. Case makes no difference.
   * @default 'code|state|key|otp|jwt|\\w*(token|secret|passw|reset|session|api_?key)\\w*'
   */
  secretParameters?: string | undefined;
  /**
   * Whether a fragment such as `#/cart` or `#!/cart` is a page of its own.
   * @default false
   */
  hashRoutes?: boolean | undefined;
}

/** A URL without what must not be told: credentials, secret parameters, and the fragment, unless it is a route. */
export function pageUrl(options: PageUrlOptions, href: string): string {
  const [, url, route = ''] = /^([^#]*)(#!?\/[^?]*)?/.exec(href) as unknown as [
    string,
    string,
    string?,
  ];
  const secrets = `([?&])((${options.secretParameters || SECRET_PARAMETERS})=[^&]*(&|$))+`;
  return (
    url
      .replace(/\/\/[^/]*@/, '//')
      .replace(RegExp(secrets, 'gi'), (found, before) => (/&$/.test(found) ? before : '')) +
    (options.hashRoutes ? route : '')
  );
}

/**
 * The properties of HubSpot's own that its tracking code fills in, and its HTTP API does not. The relay adds `hs_utm_*`, which
 * it reads from `hs_page_url`. An event definition made without the default properties does not have them: leave them out then.
 */
export function pageProperties(options: PageUrlOptions = {}): Properties {
  // JSON leaves out what is undefined: most visits have no referrer.
  const properties: Record<string, string | number | undefined> = {
    hs_language: navigator.language?.toLowerCase(),
    hs_page_url: pageUrl(options, location.href),
    hs_page_title: document.title,
    hs_referrer: pageUrl(options, document.referrer) || undefined,
    hs_screen_width: screen.width,
    hs_screen_height: screen.height,
  };
  return properties as Properties;
}
