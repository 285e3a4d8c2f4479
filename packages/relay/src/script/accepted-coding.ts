/** The content codings that the script is served in, the smallest first. */
export const CODINGS = ['br', 'gzip'] as const;
export type Coding = (typeof CODINGS)[number];

/**
 * Which of the codings at hand a client prefers by its `Accept-Encoding` (RFC 9110, 12.5.3); of equals the smallest.
 * Undefined when it takes none of them.
 */
export function acceptedCoding(
  header: string | null,
  atHand: readonly Coding[],
): Coding | undefined {
  const weights = new Map((header ?? '').toLowerCase().split(',').map(weightOf));
  const weigh = (coding: string) => weights.get(coding) ?? weights.get('*') ?? 0;
  const identity = weights.get('identity') ?? 0;
  const [best] = CODINGS.filter((coding) => atHand.includes(coding) && weigh(coding) > 0).sort(
    (one, other) => weigh(other) - weigh(one),
  );
  return best && weigh(best) >= identity ? best : undefined;
}

function weightOf(entry: string): [coding: string, weight: number] {
  const [coding = '', ...parameters] = entry.split(';').map((part) => part.trim());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  const weight = quality ? Number(quality.slice(2)) : 1;
  return [coding, Number.isFinite(weight) ? weight : 0];
}
