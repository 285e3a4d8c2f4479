// Ten lines by hand: the least that sends an event with HubSpot's visitor token.
let url;
export function start(endpoint) {
  url = `${endpoint}/v1/events`;
}
export function track(eventName, properties) {
  const utk = document.cookie.match(/hubspotutk=([0-9a-f]{32})/)?.[1];
  const event = { uuid: crypto.randomUUID(), eventName, properties, occurredAt: Date.now() };
  const body = JSON.stringify({ sentAt: Date.now(), utk, events: [event] });
  fetch(url, { method: 'POST', keepalive: true, body });
}
