const SCOPE = 'behavioral_events.event_definitions.read_write';

/** What HubSpot's refusal means for the person at the terminal, and what to do about it. */
export function explainRefusal(status: number, body: unknown): string {
  const { category, message } = errorOf(body);
  const said = message ? ` HubSpot said: ${message}` : '';
  if (status === 401) {
    return `HubSpot does not take HUBSPOT_DEFINITIONS_TOKEN (401): check that it was copied whole and is still valid.${said}`;
  }
  if (status === 403 && category === 'MISSING_SCOPES') {
    return `The key in HUBSPOT_DEFINITIONS_TOKEN lacks the scope ${SCOPE} (403): add it to the service key in HubSpot.`;
  }
  if (status === 403) {
    return `HubSpot refuses the definitions (403): custom events need a subscription that includes them.${said}`;
  }
  if (status === 404) {
    return `HubSpot has no event definitions at this address (404): check HUBSPOT_BASE_URL and HUBSPOT_API_VERSION.${said}`;
  }
  if (status === 429) return `HubSpot asks for fewer requests (429): try again later.${said}`;
  return `HubSpot answered ${status}.${said}`;
}

function errorOf(body: unknown): { category?: string; message?: string } {
  if (typeof body !== 'object' || body === null) return {};
  const { category, message } = body as Record<string, unknown>;
  return {
    ...(typeof category === 'string' && { category }),
    ...(typeof message === 'string' && { message: message.slice(0, 300) }),
  };
}
