import type { Properties } from '@hubrelay/protocol';

/**
 * The properties of HubSpot's own that its tracking code fills in, and its HTTP API does not.
 * An event definition made without the default properties does not have them: leave them out then.
 */
export function pageProperties(): Properties {
  const properties: Record<string, string | number> = {
    hs_page_url: location.href,
    hs_page_title: document.title,
    hs_referrer: document.referrer,
    hs_language: navigator.language.toLowerCase(),
    hs_screen_width: screen.width,
    hs_screen_height: screen.height,
  };
  for (const name of ['source', 'medium', 'campaign', 'term', 'content']) {
    const value = new URLSearchParams(location.search).get(`utm_${name}`);
    if (value) properties[`hs_utm_${name}`] = value;
  }
  return properties;
}
