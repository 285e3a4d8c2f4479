import { createCoreTracker } from '@hubrelay/browser/core';

const tracker = createCoreTracker({ endpoint: document.body.dataset.endpoint ?? '' });
Object.assign(window, { tracker });
document.getElementById('app')?.insertAdjacentHTML('beforeend', '<button>Add to cart</button>');
document
  .querySelector('button')
  ?.addEventListener('click', () => void tracker.track('added_to_cart', { quantity: 2 }));
