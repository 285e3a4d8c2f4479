import type { LockedProperty } from './lock.ts';

const STRINGS =
  'hs_browser hs_city hs_country hs_element_class hs_element_id hs_element_text hs_link_href hs_page_id ' +
  'hs_page_title hs_page_url hs_region hs_referrer hs_user_agent hs_utm_campaign hs_utm_medium hs_utm_source ' +
  'hs_utm_content hs_utm_term hs_operating_system hs_operating_version hs_asset_description hs_asset_type ' +
  'hs_campaign_id hs_device_name hs_touchpoint_source hs_tracking_name hs_parent_module_id';
const ENUMERATIONS = 'hs_device_type hs_language hs_page_content_type';
const NUMBERS = 'hs_screen_height hs_screen_width';

/**
 * The properties that HubSpot adds to a definition unless told not to. The enumerations stand without options: HubSpot
 * adds some now and then, and a lock that lists them comes first.
 * https://developers.hubspot.com/docs/api-reference/legacy/events/define-events/guide
 */
export const DEFAULT_PROPERTIES: Readonly<Record<string, LockedProperty>> = {
  ...all(STRINGS, { type: 'string' }),
  ...all(ENUMERATIONS, { type: 'enumeration' }),
  ...all(NUMBERS, { type: 'number' }),
};

function all(names: string, property: LockedProperty): Record<string, LockedProperty> {
  return Object.fromEntries(names.split(' ').map((name) => [name, property]));
}
