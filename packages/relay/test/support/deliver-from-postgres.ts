import { demoCredentials } from '@hubrelay/fake-hubspot';
import { createDeliverer } from '../../src/delivery/deliverer.ts';
import { createHubSpotClient } from '../../src/hubspot/client.ts';
import { accessToken } from '../../src/hubspot/credential.ts';
import { openPostgresOutbox } from '../../src/outbox/postgres/postgres-outbox.ts';

// A process that only delivers: arguments are the database, its schema and HubSpot's address.
const [connectionString = '', schema = '', baseUrl = ''] = process.argv.slice(2);
const outbox = await openPostgresOutbox({ connectionString, schema });
const client = createHubSpotClient({
  credential: accessToken(demoCredentials.accessToken),
  baseUrl,
});
const options = { leaseMs: 4000, maxBatchEvents: 20, maxConcurrency: 2, pollMs: 200 };
createDeliverer({ outbox, client, ...options }).start();
