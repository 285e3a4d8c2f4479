import type { SetValue } from './convert.ts';

/** Digits with at most one decimal point: the form that HubSpot documents. */
const DECIMAL = /^-?\d{1,100}(\.\d{1,100})?$/;

/** Beyond this a number has more digits than HubSpot takes characters. */
const TOO_LARGE = 1e100;

/** A finite number without exponent, from a number or from decimal digits (form fields and `data-` attributes are text). */
export function toNumber(value: SetValue): string | undefined {
  if (typeof value === 'number')
    return Math.abs(value) < TOO_LARGE ? withoutExponent(value) : undefined;
  return typeof value === 'string' && DECIMAL.test(value.trim()) ? value.trim() : undefined;
}

function withoutExponent(value: number): string {
  const text = String(value === 0 ? 0 : value);
  if (!text.includes('e')) return text;
  return Math.abs(value) >= 1 ? BigInt(value).toString() : value.toFixed(20).replace(/\.?0+$/, '');
}
