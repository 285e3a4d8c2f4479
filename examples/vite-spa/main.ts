import { createTracker } from '@hubrelay/browser';

interface Events {
  signup: { plan: 'free' | 'pro' };
  page_viewed: Record<string, never>;
}

const tracker = createTracker<Events>({
  endpoint: import.meta.env.VITE_RELAY ?? '/v1/events',
  pageviewEvent: 'page_viewed',
});

const app = document.querySelector('#app') as HTMLElement;
app.innerHTML = `
  <h1>Vite</h1>
  <nav><a href="?view=home">Home</a> <a href="?view=prices">Prices</a></nav>
  <button type="button">Sign up</button>
  <output></output>`;

app.querySelector('nav')?.addEventListener('click', (event) => {
  event.preventDefault();
  history.pushState(null, '', (event.target as HTMLAnchorElement).href);
});

app.querySelector('button')?.addEventListener('click', async () => {
  const outcome = await tracker.track('signup', { plan: 'pro' });
  (app.querySelector('output') as HTMLOutputElement).value = outcome;
});
