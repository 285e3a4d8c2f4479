import { createTracker } from '@hubrelay/browser';
import { TrackerProvider, useTracker } from '@hubrelay/browser/react';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';

interface Events {
  signup: { plan: 'free' | 'pro' };
}

const tracker = createTracker({ endpoint: import.meta.env.VITE_RELAY ?? '/v1/events' });

function SignUp() {
  const { track } = useTracker<Events>();
  const [outcome, setOutcome] = useState('');
  return (
    <>
      <button
        type="button"
        onClick={async () => setOutcome(await track('signup', { plan: 'pro' }))}
      >
        Sign up
      </button>
      <output>{outcome}</output>
    </>
  );
}

createRoot(document.querySelector('#app') as HTMLElement).render(
  <TrackerProvider value={tracker}>
    <h1>React</h1>
    <SignUp />
  </TrackerProvider>,
);
