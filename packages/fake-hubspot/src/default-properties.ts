import type { PropertyDefinition, PropertyType } from './property-definition.ts';

const strings =
  'hs_browser hs_city hs_country hs_element_class hs_element_id hs_element_text hs_link_href hs_page_id ' +
  'hs_page_title hs_page_url hs_region hs_referrer hs_user_agent hs_utm_campaign hs_utm_medium hs_utm_source ' +
  'hs_utm_content hs_utm_term hs_operating_system hs_operating_version hs_asset_description hs_asset_type ' +
  'hs_campaign_id hs_device_name hs_touchpoint_source hs_tracking_name hs_parent_module_id';

const deviceTypes = [
  'Game Console',
  'PDA',
  'Personal Computer',
  'Desktop',
  'Smartphone',
  'Smart TV',
  'Tablet',
  'Wearable Computer',
  'Unknown',
];

// The definitions guide lists the first six; its attribution chapter adds the others.
const contentTypes =
  'BLOG_POST KNOWLEDGE_ARTICLE LANDING_PAGE LISTING_PAGE STANDARD_PAGE WEB_INTERACTIVE AD CALL CONTACT_IMPORT ' +
  'CONVERSATION EMAIL EXTERNAL_PAGE INTEGRATIONS MARKETING_EVENT MEDIA_BRIDGE MEETING SALES_EMAIL SEQUENCE ' +
  'SOCIAL_POST OTHER';

/**
 * The 32 properties that an event definition has unless it was created with `includeDefaultProperties: false`.
 * Source: "Default event properties" of HubSpot's custom events guide, April 2026.
 */
export const defaultProperties: readonly PropertyDefinition[] = [
  ...strings.split(' ').map((name) => byHubSpot(name, 'string')),
  byHubSpot('hs_device_type', 'enumeration', deviceTypes),
  byHubSpot('hs_language', 'enumeration'),
  byHubSpot('hs_page_content_type', 'enumeration', contentTypes.split(' ')),
  byHubSpot('hs_screen_height', 'number'),
  byHubSpot('hs_screen_width', 'number'),
];

function byHubSpot(name: string, type: PropertyType, values?: string[]): PropertyDefinition {
  const property = { name, type, hubspotDefined: true };
  return values
    ? { ...property, options: values.map((value) => ({ label: value, value })) }
    : property;
}
