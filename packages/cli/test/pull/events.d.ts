// Written by `hubrelay pull` from HubSpot's event definitions: change them there and pull again.

/** One option, or several. */
type Choice<Option extends string> = Option | readonly Option[];

/** The properties that HubSpot itself defines on each of these events. */
export interface HubSpotDefaultProperties {
  hs_page_url?: string | null | undefined;
  hs_screen_width?: number | null | undefined;
}

/** The events of HubSpot account 1234567: `createTracker<HubSpotEvents>({ endpoint })`. */
export interface HubSpotEvents {
  'old-style': HubSpotDefaultProperties & {};
  order_placed: HubSpotDefaultProperties & {
    delivery_at?: string | number | null | undefined;
    first_order?: boolean | null | undefined;
    gift?: Choice<'true' | 'false'> | boolean | null | undefined;
    size?: Choice<'1' | '2'> | 1 | 2 | null | undefined;
    voucher?: string | number | boolean | readonly string[] | null | undefined;
  };
  signup: HubSpotDefaultProperties & {
    plan?: Choice<'free' | "it's" | 'pro "max"'> | null | undefined;
    seats?: number | null | undefined;
  };
}
