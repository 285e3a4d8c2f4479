import type { SetValue } from './string-value.ts';

/** Digits with at most one decimal point: the form that HubSpot documents. */
const DECIMAL = /^-?\d{1,100}(\.\d{1,100})?$/;

/** Beyond this a number has more digits than HubSpot takes characters. */
const TOO_LARGE = 1e100;

const EXPONENT = /^-?\d{1,20}(\.\d{1,20})?e[+-]?\d{1,3}$/i;

/** Groups of thousands, where the other mark or a second group leaves one reading. `1,234` has two, and is refused. */
const ENGLISH = /^-?\d{1,3}((,\d{3})+\.\d{1,20}|(,\d{3}){2,})$/;
const CONTINENTAL = /^-?\d{1,3}((\.\d{3})+,\d{1,20}|(\.\d{3}){2,})$/;

/** A finite number without exponent, from a number or from its text (form fields and `data-` attributes are text). */
export function toNumber(value: SetValue): string | undefined {
  if (typeof value === 'number')
    return Math.abs(value) < TOO_LARGE ? withoutExponent(value) : undefined;
  return typeof value === 'string' ? fromText(value.trim()) : undefined;
}

function fromText(text: string): string | undefined {
  if (DECIMAL.test(text)) return text;
  if (ENGLISH.test(text)) return text.replaceAll(',', '');
  if (CONTINENTAL.test(text)) return text.replaceAll('.', '').replace(',', '.');
  return EXPONENT.test(text) ? toNumber(Number(text)) : undefined;
}

function withoutExponent(value: number): string {
  const text = String(value === 0 ? 0 : value);
  if (!text.includes('e')) return text;
  return Math.abs(value) >= 1 ? BigInt(value).toString() : value.toFixed(20).replace(/\.?0+$/, '');
}
