import type { Properties } from '@hubrelay/protocol';

/**
 * The properties of HubSpot's own that its tracking code fills in, and its HTTP API does not. The relay adds `hs_utm_*`, which
 * it reads from `hs_page_url`. An event definition made without the default properties does not have them: leave them out then.
 */
export function pageProperties(): Properties {
  // JSON leaves out what is undefined: most visits have no referrer and no campaign.
  const properties: Record<string, string | number | undefined> = {
    hs_language: navigator.language.toLowerCase(),
    hs_page_url: location.href,
    hs_page_title: document.title,
    hs_referrer: document.referrer || undefined,
    hs_screen_width: screen.width,
    hs_screen_height: screen.height,
  };
  return properties as Properties;
}
