import { createTracker } from '@hubrelay/browser';

// A worker sees no cookies: the page tells it who the visitor is.
let visitor: string | undefined;
const endpoint = new URL(self.location.href).searchParams.get('endpoint') ?? '';
const tracker = createTracker({ endpoint, visitor: () => visitor });

self.onmessage = async ({ data }: MessageEvent<{ visitor?: string; quantity: number }>) => {
  visitor = data.visitor;
  self.postMessage(await tracker.track('added_to_cart', { quantity: data.quantity }));
};
