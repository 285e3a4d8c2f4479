import type { FakeHubSpot } from '@hubrelay/fake-hubspot';
import { html } from 'hono/html';
import { type Contact, contactsOf, isSend, type TimelineEvent } from './contacts.ts';

/** A browser has no use for more. */
const MAX_EVENTS = 200;

/** What the fake account holds, as a browser shows it at its address. */
export function hubspotPage(hubspot: FakeHubSpot, shopUrl: string) {
  const { hubId } = hubspot;
  const { events, duplicates } = hubspot.count();
  const requests = hubspot.requests().filter(isSend);
  const contacts = contactsOf({
    events: hubspot.received().slice(-MAX_EVENTS),
    duplicates: hubspot.duplicates(),
    requests,
  });
  const totals = [
    ['events', 'Events taken', events],
    ['contacts', 'Contacts', contacts.length],
    ['calls', 'Calls', requests.length],
    ['duplicates', 'Duplicates absorbed', duplicates],
  ] as const;
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>Fake HubSpot, account ${hubId}</title>
  <link rel="icon" href="/static/inspector/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/static/inspector/inspector.css">
  <link rel="stylesheet" href="/static/hubspot/hubspot.css">
  <script type="module" src="/static/hubspot/hubspot.js"></script>
</head>
<body>
  <header>
    <h1>Fake HubSpot <span>account ${hubId}</span></h1>
    <p id="connection" class="connection" data-state="closed" role="status">Connecting</p>
    <nav aria-label="Demo">
      <a href="${shopUrl}" target="hubrelay-shop">Shop</a>
      <a href="${shopUrl}/inspector/" target="hubrelay-inspector">Inspector</a>
    </nav>
  </header>
  <main>
    <dl class="counters" id="counters" aria-label="Totals">${totals.map(
      ([id, label, count]) =>
        html`<div data-counter="${id}"${count === 0 ? html` data-zero` : ''}><dt>${label}</dt><dd>${count}</dd></div>`,
    )}</dl>
    <p class="about">It answers as HubSpot’s events API does, at <code>/events/v3/send</code>, and keeps in memory what it takes. Here is what each contact’s timeline would show.</p>
    <div id="contacts">${contacts.map((contact) => timeline(contact, hubId))}</div>
    <div class="empty" id="empty"${contacts.length > 0 ? html` hidden` : ''}>
      <h3>Nothing has arrived yet</h3>
      <p>Look at a teapot in the shop: its <code>product_viewed</code> comes in here, once, whatever happened on its way.</p>
      <a class="primary" href="${shopUrl}" target="hubrelay-shop">Open the shop</a>
    </div>
  </main>
</body>
</html>`;
}

function timeline({ kind, name, events }: Contact, hubId: string) {
  const label = kind === 'visitor' ? `${name.slice(0, 8)}…` : name;
  return html`<section class="contact" aria-label="${kind} ${name}">
      <h2 title="${name}"><span>${kind}</span> ${label}</h2>
      <ol class="events" aria-label="Timeline, newest first">${events.map((event) => eventItem(event, hubId))}</ol>
    </section>`;
}

/** HubSpot's own properties, which the script fills in, would bury what the shop has to say. */
function eventItem({ event, calls, duplicates }: TimelineEvent, hubId: string) {
  const { uuid, eventName, occurredAt, utk, properties } = event;
  const account = `pe${hubId}_`;
  const all = Object.entries(properties);
  const own = all.filter(([name]) => !name.startsWith('hs_'));
  const aboutPage = all.filter(([name]) => name.startsWith('hs_'));
  const details = [
    ['occurredAt', occurredAt],
    ['uuid', uuid],
    ['utk', utk ?? 'none'],
    ...aboutPage,
  ];
  return html`<li class="event" data-uuid="${uuid}">
      <div class="head">
        <h3><span>${account}</span>${eventName.slice(account.length)}</h3>
        <time datetime="${occurredAt}">${timeOf(occurredAt)}</time>
        <p class="outcome">${outcomeOf(calls, duplicates)}</p>
        <ul class="properties" aria-label="Properties">${own.map(([name, value]) => html`<li><span>${name}</span>${value}</li>`)}</ul>
      </div>
      <details>
        <summary>Details</summary>
        <dl class="facts">${details.map(([name, value]) => html`<dt>${name}</dt><dd class="value">${value}</dd>`)}</dl>
      </details>
    </li>`;
}

function outcomeOf(calls: number, duplicates: number): string {
  const came = calls > 1 ? `came ${calls} times, ` : '';
  const absorbed =
    duplicates > 0 ? `, ${duplicates} duplicate${duplicates > 1 ? 's' : ''} absorbed` : '';
  return `${came}counted once${absorbed}`;
}

/** `2026-05-01T14:03:22.118Z` as `14:03:22.118 UTC`. */
function timeOf(iso: string): string {
  return `${iso.slice(iso.indexOf('T') + 1, -1)} UTC`;
}
