import { createTracker } from '@hubrelay/browser';
import { trackerPlugin, useTracker } from '@hubrelay/browser/vue';
import { createApp, defineComponent, h } from 'vue';

const endpoint = document.body.dataset.endpoint ?? '';

const BuyButton = defineComponent(() => {
  const tracker = useTracker<{ added_to_cart: { quantity: number } }>();
  const onClick = () => void tracker.track('added_to_cart', { quantity: 2 });
  return () => h('button', { onClick }, 'Add to cart');
});

createApp(BuyButton).use(trackerPlugin, createTracker({ endpoint })).mount('#app');
