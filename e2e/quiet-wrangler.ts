// Workers run here alone: no look-up of the visitor's city, no statistics, nothing that needs a network.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
process.env.WRANGLER_SEND_METRICS = 'false';
