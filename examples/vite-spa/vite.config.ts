import { hubrelayDev } from 'hubrelay/vite';
import { defineConfig } from 'vite';

// "vite dev" has a relay, a fake HubSpot and an inspector beside it; a build has none of them.
export default defineConfig({ plugins: [hubrelayDev()] });
