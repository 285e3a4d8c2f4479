// @ts-check
/*
 * The shop's own script. What belongs to hubrelay is in track() and in the data-hubrelay-* attributes of the pages.
 */

/** @typedef {{ id: string, name: string, glaze: string, price: number, quantity: number }} Line */

/** @type {any} */
const page = window;

/**
 * hubrelay's own idiom: before the script has loaded, `hubrelay` is a plain array that remembers the calls.
 * @param {string} eventName
 * @param {Record<string, unknown>} properties
 */
function track(eventName, properties) {
  page.hubrelay = page.hubrelay || [];
  page.hubrelay.push(['track', eventName, properties]);
  show(`hubrelay.push(['track', '${eventName}', ${JSON.stringify(properties)}])`);
}

/** @param {string} call */
function show(call) {
  const out = document.getElementById('last-call');
  if (out) out.textContent = call;
}

/** @returns {Line[]} */
function basket() {
  try {
    return JSON.parse(localStorage.getItem('morrow-basket') ?? '[]');
  } catch {
    return [];
  }
}

/** @param {Line[]} lines */
function keep(lines) {
  localStorage.setItem('morrow-basket', JSON.stringify(lines));
  const pieces = lines.reduce((sum, line) => sum + line.quantity, 0);
  const count = /** @type {HTMLElement} */ (document.getElementById('basket-count'));
  count.textContent = String(pieces);
  count.hidden = pieces === 0;
}

/**
 * One line for each piece and glaze.
 * @param {Line[]} lines
 * @param {Line} added
 */
function withLine(lines, added) {
  const isSame = (/** @type {Line} */ { id, glaze }) => id === added.id && glaze === added.glaze;
  const before = lines.find(isSame)?.quantity ?? 0;
  return [
    ...lines.filter((line) => !isSame(line)),
    { ...added, quantity: before + added.quantity },
  ];
}

/** @param {number} eur */
const euro = (eur) => `€${eur.toFixed(2)}`;

const product = document.getElementById('product');
if (product) {
  const { id = '', name = '' } = product.dataset;
  const price = Number(product.dataset.price);
  track('product_viewed', { product: id, price });

  const form = /** @type {HTMLFormElement} */ (document.getElementById('buy'));
  form.addEventListener('change', () => {
    const picture = /** @type {HTMLElement} */ (document.getElementById('picture'));
    picture.className = `plate glaze-${new FormData(form).get('glaze')}`;
  });
  form.addEventListener('submit', (submit) => {
    submit.preventDefault();
    const data = new FormData(form);
    const glaze = String(data.get('glaze'));
    const quantity = Number(data.get('quantity'));
    track('added_to_cart', { product: id, glaze, price, quantity });
    keep(withLine(basket(), { id, name, glaze, price, quantity }));
    const thanks = /** @type {HTMLElement} */ (form.querySelector('.thanks'));
    thanks.innerHTML = 'In your basket. <a href="/basket">Go to the basket</a>';
  });
}

const basketSection = document.getElementById('basket');
if (basketSection) {
  const lines = basket();
  const total = lines.reduce((sum, line) => sum + line.price * line.quantity, 0);
  const pieces = lines.reduce((sum, line) => sum + line.quantity, 0);
  const body = /** @type {HTMLElement} */ (basketSection.querySelector('tbody'));
  for (const line of lines) {
    const row = document.createElement('tr');
    for (const text of [
      line.name,
      line.glaze,
      String(line.quantity),
      euro(line.price * line.quantity),
    ]) {
      const cell = document.createElement('td');
      cell.textContent = text;
      row.append(cell);
    }
    body.append(row);
  }
  /** @type {HTMLElement} */ (document.getElementById('total')).textContent = euro(total);
  /** @type {HTMLElement} */ (basketSection.querySelector('.empty')).hidden = lines.length > 0;
  /** @type {HTMLElement} */ (basketSection.querySelector('table')).hidden = lines.length === 0;
  const checkout = /** @type {HTMLButtonElement} */ (document.getElementById('checkout'));
  checkout.hidden = lines.length === 0;
  checkout.addEventListener('click', () => {
    // The page is left in the same moment: the event is in the outbox, and the request outlives the page.
    track('order_placed', { total, item_count: pieces });
    keep([]);
    location.href = '/thanks';
  });
}

const newsletter = /** @type {HTMLFormElement} */ (document.getElementById('newsletter'));
newsletter.addEventListener('submit', (submit) => {
  submit.preventDefault();
  show(`<form data-hubrelay-event="${newsletter.dataset.hubrelayEvent}">`);
  /** @type {HTMLElement} */ (newsletter.querySelector('.thanks')).textContent =
    'Thank you. The kiln opens on Thursday.';
  newsletter.reset();
});

/** What the inspector was told last. */
let told = '';

/** hubrelay keeps what the relay has not taken yet in localStorage: one key for each event. */
function showWaiting() {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith('hubrelay.'));
  const hasVisitor = document.cookie.includes('hubspotutk=');
  const events = keys.length === 1 ? '1 event waits' : `${keys.length} events wait`;
  const why = hasVisitor ? 'the relay' : 'HubSpot’s cookie';
  const text = keys.length === 0 ? '' : `${events} here for ${why}`;
  const out = /** @type {HTMLElement} */ (document.getElementById('waiting'));
  if (out.textContent !== text) out.textContent = text;
  if (told !== keys.join()) tellInspector(keys, hasVisitor ? 'relay' : 'visitor');
  told = keys.join();
}

/**
 * No site needs this: it shows in the demo's inspector what is still in the browser.
 * @param {string[]} keys
 * @param {string} waitsFor
 */
function tellInspector(keys, waitsFor) {
  const events = keys.map((key) => JSON.parse(localStorage[key] ?? 'null'));
  void fetch('/kept', { method: 'POST', body: JSON.stringify({ events, waitsFor }) });
}

setInterval(showWaiting, 500);
keep(basket());
