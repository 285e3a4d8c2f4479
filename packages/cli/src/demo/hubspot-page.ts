import type { FakeHubSpot } from '@hubrelay/fake-hubspot';
import { html } from 'hono/html';

/** What the fake account holds, for whoever opens its address in a browser. */
export function hubspotPage(hubspot: FakeHubSpot) {
  const events = hubspot.received().toReversed();
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>Fake HubSpot, account ${hubspot.hubId}</title>
  <style>
    body { max-width: 60rem; margin: 3rem auto; padding: 0 1.25rem; font: 1rem/1.6 system-ui, sans-serif; }
    table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid #8884; text-align: left; vertical-align: top; }
    td { font: .8125rem/1.6 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
    th { font-size: .8125rem; font-weight: 500; opacity: .75; }
  </style>
</head>
<body>
  <h1>Fake HubSpot</h1>
  <p>Account ${hubspot.hubId}. It answers as HubSpot's events API does, at <code>/events/v3/send</code>, and keeps what it takes in memory.</p>
  <table>
    <caption>${events.length === 0 ? 'No event has arrived yet.' : `Events, newest first: ${events.length}`}</caption>
    <thead><tr><th>Occurred at</th><th>Event</th><th>Properties</th><th>Visitor</th></tr></thead>
    <tbody>${events.map(
      (event) => html`<tr>
        <td>${event.occurredAt}</td><td>${event.eventName}</td>
        <td>${Object.entries(event.properties).map(([name, value]) => html`${name} = ${value}<br>`)}</td>
        <td>${event.utk ?? ''}</td>
      </tr>`,
    )}</tbody>
  </table>
</body>
</html>`;
}
