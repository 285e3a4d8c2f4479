import { TrackerProvider, useTracker } from '@hubrelay/browser/react';
import { createElement, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

const endpoint = document.body.dataset.endpoint ?? '';

function BuyButton() {
  const tracker = useTracker<{ added_to_cart: { quantity: number } }>();
  const onClick = () => void tracker.track('added_to_cart', { quantity: 2 });
  return createElement('button', { type: 'button', onClick }, 'Add to cart');
}

/** Each render gives new options; the tracker is one. */
function App() {
  const [renders, setRenders] = useState(1);
  if (renders < 3) setRenders(renders + 1);
  return createElement(TrackerProvider, { options: { endpoint } }, createElement(BuyButton));
}

createRoot(document.getElementById('app') as HTMLElement).render(
  createElement(StrictMode, null, createElement(App)),
);
