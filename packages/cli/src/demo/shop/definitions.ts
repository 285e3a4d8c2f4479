import { GLAZES, PRODUCTS } from './products.ts';

const options = (entries: readonly (readonly [string, string])[]) =>
  entries.map(([value, label]) => ({ value, label }));
const product = {
  name: 'product',
  label: 'Product',
  type: 'enumeration',
  options: options(PRODUCTS.map(({ id, name }) => [id, name])),
} as const;
const price = { name: 'price', label: 'Price in euro', type: 'number' } as const;

/** The events as the shop's owner would define them in HubSpot, under Data Management, Event Definitions. */
export const SHOP_DEFINITIONS = [
  {
    name: 'product_viewed',
    label: 'Viewed a product',
    properties: [product, price],
  },
  {
    name: 'added_to_cart',
    label: 'Added to basket',
    properties: [
      product,
      price,
      {
        name: 'glaze',
        label: 'Glaze',
        type: 'enumeration',
        options: options(Object.entries(GLAZES)),
      },
      { name: 'quantity', label: 'Quantity', type: 'number' },
    ],
  },
  {
    name: 'order_placed',
    label: 'Placed an order',
    properties: [
      { name: 'total', label: 'Total in euro', type: 'number' },
      { name: 'item_count', label: 'Pieces', type: 'number' },
    ],
  },
  {
    name: 'newsletter_subscribed',
    label: 'Subscribed to the newsletter',
    properties: [{ name: 'topic', label: 'Topic', type: 'string' }],
  },
  {
    name: 'care_guide_opened',
    label: 'Opened the care guide',
    properties: [product],
  },
] as const;
