import { createTracker } from '@hubrelay/browser';
import { TrackerProvider, useTracker } from '@hubrelay/browser/react';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';

const endpoint = document.body.dataset.endpoint ?? '';

function BuyButton() {
  const tracker = useTracker<{ added_to_cart: { quantity: number } }>();
  const onClick = () => void tracker.track('added_to_cart', { quantity: 2 });
  return createElement('button', { type: 'button', onClick }, 'Add to cart');
}

createRoot(document.getElementById('app') as HTMLElement).render(
  createElement(TrackerProvider, { value: createTracker({ endpoint }) }, createElement(BuyButton)),
);
