import type { EventDefinition } from './event-definition.ts';
import type { PropertyDefinition, PropertyType } from './property-definition.ts';

/** The events of a small shop: what the fake knows when it is given no definitions. */
export const demoDefinitions: readonly EventDefinition[] = [
  {
    name: 'signup',
    label: 'Signed up',
    properties: [choice('plan', 'free', 'pro', 'business'), property('method', 'string')],
  },
  {
    name: 'product_viewed',
    label: 'Viewed a product',
    properties: [
      property('product_id', 'string'),
      property('product_name', 'string'),
      property('product_url', 'string'),
      property('price', 'number'),
      property('currency', 'string'),
    ],
  },
  {
    name: 'added_to_cart',
    label: 'Added to cart',
    properties: [
      property('product_id', 'string'),
      property('product_name', 'string'),
      property('price', 'number'),
      property('currency', 'string'),
      property('quantity', 'number'),
      choice('size', 'S', 'M', 'L', 'XL'),
    ],
  },
  {
    name: 'checkout_started',
    label: 'Started checkout',
    properties: [
      property('cart_total', 'number'),
      property('currency', 'string'),
      property('item_count', 'number'),
    ],
  },
  {
    name: 'order_placed',
    label: 'Placed an order',
    properties: [
      property('order_id', 'string'),
      property('total', 'number'),
      property('currency', 'string'),
      property('item_count', 'number'),
      property('coupon', 'string'),
      property('first_order', 'bool'),
      property('delivery_at', 'datetime'),
    ],
  },
  {
    name: 'newsletter_subscribed',
    label: 'Subscribed to the newsletter',
    properties: [property('placement', 'string')],
  },
  {
    name: 'search_performed',
    label: 'Searched the shop',
    properties: [property('search_term', 'string'), property('result_count', 'number')],
  },
];

function property(name: string, type: PropertyType): PropertyDefinition {
  return { name, type, label: sentence(name) };
}

function choice(name: string, ...values: string[]): PropertyDefinition {
  return {
    ...property(name, 'enumeration'),
    options: values.map((value) => ({ label: sentence(value), value })),
  };
}

function sentence(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
