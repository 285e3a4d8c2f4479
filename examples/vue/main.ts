import { createTracker } from '@hubrelay/browser';
import { trackerPlugin, useTracker } from '@hubrelay/browser/vue';
import { createApp, defineComponent, h, ref } from 'vue';

interface Events {
  signup: { plan: 'free' | 'pro' };
}

const SignUp = defineComponent(() => {
  const { track } = useTracker<Events>();
  const outcome = ref('');
  const signUp = async () => {
    outcome.value = await track('signup', { plan: 'pro' });
  };
  return () => [
    h('h1', 'Vue'),
    h('button', { type: 'button', onClick: signUp }, 'Sign up'),
    h('output', outcome.value),
  ];
});

createApp(SignUp)
  .use(trackerPlugin, createTracker({ endpoint: import.meta.env.VITE_RELAY ?? '/v1/events' }))
  .mount('#app');
