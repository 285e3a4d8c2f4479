import { html } from 'hono/html';
import type { Observation } from '../inspector/observation.ts';

type Html = ReturnType<typeof html>;

export interface Page {
  readonly title: string;
  /** Path of the navigation entry to mark as current. */
  readonly path: string;
  readonly body: Html;
}

export interface ShopOptions {
  readonly relayUrl: string;
  readonly hubId: string;
  readonly inspectorUrl: string;
  /** Hears of the events that wait in a page. */
  readonly observe: (seen: Observation) => void;
}

export interface LayoutOptions extends ShopOptions {
  /** The visitor's browser plays one that blocks HubSpot's script. */
  readonly hubspotBlocked: boolean;
}

/**
 * One page of the shop. The two script tags at the end of the head are all that a site needs for hubrelay and for
 * HubSpot; the rest is the shop.
 */
export function layout({ title, path, body }: Page, options: LayoutOptions) {
  const current = (href: string) => (href === path ? html` aria-current="page"` : '');
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} · Morrow Stoneware</title>
  <meta name="color-scheme" content="light dark">
  <link rel="icon" href="/static/shop/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/static/shop/shop.css">
  <script async src="${options.relayUrl}/hubrelay.js"></script>
  <script async id="hs-script-loader" src="/hubspot/${options.hubId}.js"></script>
  <script type="module" src="/static/shop/shop.js"></script>
</head>
<body>
  <aside class="demo" aria-label="About this demo">
    <p class="demo-name"><strong>hubrelay demo</strong><span> a shop that sends its own events to HubSpot</span></p>
    <code class="demo-call" id="last-call" aria-live="polite"></code>
    <span class="demo-waiting" id="waiting" role="status"></span>
    <form method="post" action="/block-hubspot">
      <button class="switch" aria-pressed="${String(options.hubspotBlocked)}">Block HubSpot’s script</button>
    </form>
    <a href="${options.inspectorUrl}" target="hubrelay-inspector">Inspector</a>
  </aside>
  <header class="top">
    <a class="brand" href="/">Morrow<small>stoneware</small></a>
    <nav aria-label="Shop">
      <a href="/"${current('/')}>Tableware</a>
      <a href="/basket"${current('/basket')}>Basket <span class="count" id="basket-count" hidden></span></a>
    </nav>
  </header>
  <main>${body}</main>
  <footer class="foot">
    <form id="newsletter" data-hubrelay-event="newsletter_subscribed" data-hubrelay-topic="kiln_letters">
      <h2>Kiln letters</h2>
      <p>One short letter when the kiln is opened. Nothing else.</p>
      <div class="field">
        <label for="email">E-mail</label>
        <input id="email" name="email" type="email" autocomplete="email" placeholder="you@example.com" required>
        <button type="submit">Sign up</button>
      </div>
      <p class="thanks" role="status"></p>
    </form>
    <p class="fine">Morrow Stoneware does not exist. Your e-mail address stays in this page: only the fact of the sign-up is sent.</p>
  </footer>
</body>
</html>`;
}
