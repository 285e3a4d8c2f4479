import { type Meter, metrics } from '@opentelemetry/api';

/** The meter that all instruments are made from. */
export function relayMeter(): Meter {
  return metrics.getMeter('hubrelay');
}
