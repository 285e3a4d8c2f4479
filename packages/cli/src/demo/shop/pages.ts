import { html } from 'hono/html';
import type { Page } from './layout.ts';
import { GLAZES, PRODUCTS, type Product, price } from './products.ts';
import { vessel } from './vessels.ts';

export function listPage(): Page {
  return {
    title: 'Tableware',
    path: '/',
    body: html`
      <section class="hero">
        <h1>Stoneware for unhurried mornings</h1>
        <p>Thrown, glazed and fired in a former net loft by the sea. Small kilns, small numbers.</p>
      </section>
      <ul class="grid">${PRODUCTS.map(card)}</ul>`,
  };
}

const card = (product: Product) => html`
  <li class="card">
    <a class="card-link" href="/p/${product.slug}">
      <span class="plate glaze-${product.glaze}">${vessel(product)}</span>
      <span class="name">${product.name}</span>
      <span class="price">${price(product.priceEur)}</span>
    </a>
  </li>`;

export function productPage(product: Product): Page {
  return {
    title: product.name,
    path: `/p/${product.slug}`,
    body: html`
      <article class="product" id="product" data-id="${product.id}" data-name="${product.name}" data-kind="${product.kind}" data-price="${product.priceEur}">
        <div class="plate glaze-${product.glaze}" id="picture">${vessel(product)}</div>
        <form class="buy" id="buy">
          <h1>${product.name}</h1>
          <p class="price">${price(product.priceEur)}</p>
          <p>${product.blurb}</p>
          <fieldset>
            <legend>Glaze</legend>
            ${Object.entries(GLAZES).map(
              ([id, label]) => html`<label class="glaze-choice glaze-${id}">
                <input type="radio" name="glaze" value="${id}"${id === product.glaze ? html` checked` : ''}><span>${label}</span>
              </label>`,
            )}
          </fieldset>
          <div class="add">
            <label>Quantity <input type="number" name="quantity" value="1" min="1" max="12" inputmode="numeric"></label>
            <button type="submit">Add to basket</button>
          </div>
          <p class="thanks" role="status"></p>
          <ul class="facts">${product.facts.map((fact) => html`<li>${fact}</li>`)}</ul>
          <p><a href="/care" data-hubrelay-event="care_guide_opened" data-hubrelay-product="${product.id}">How to care for it</a></p>
        </form>
      </article>`,
  };
}

export function basketPage(): Page {
  return {
    title: 'Basket',
    path: '/basket',
    body: html`
      <section class="basket" id="basket">
        <h1>Your basket</h1>
        <p class="empty">Nothing in it yet. <a href="/">See the tableware</a>.</p>
        <table hidden>
          <thead><tr><th scope="col">Piece</th><th scope="col">Glaze</th><th scope="col">Quantity</th><th scope="col">Price</th></tr></thead>
          <tbody></tbody>
          <tfoot><tr><th scope="row" colspan="3">Total, shipping included</th><td id="total"></td></tr></tfoot>
        </table>
        <button type="button" id="checkout" hidden>Place the order</button>
      </section>`,
  };
}

export function thanksPage(): Page {
  return {
    title: 'Thank you',
    path: '/thanks',
    body: html`
      <section class="note">
        <h1>Thank you</h1>
        <p>Your order is in good hands, or would be if we existed. The page that sent the event
        <code>order_placed</code> was left in the same moment; its event is sent all the same, or waits in this browser.</p>
        <p><a href="/">Back to the tableware</a></p>
      </section>`,
  };
}

export function carePage(): Page {
  return {
    title: 'Care',
    path: '/care',
    body: html`
      <section class="note">
        <h1>Caring for stoneware</h1>
        <p>It was fired hotter than any oven you own, so be at ease: use it, wash it, use it again.
        Avoid sudden cold. Grey marks from cutlery come off with baking soda.</p>
        <p><a href="/">Back to the tableware</a></p>
      </section>`,
  };
}
