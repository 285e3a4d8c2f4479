import type { ParsedBatch } from '@hubrelay/protocol';

/** Where each event stood in the request, by uuid: those set aside by the parser have left gaps. The first of two counts. */
export function positionsIn({ batch, rejected }: ParsedBatch): ReadonlyMap<string, number> {
  const gaps = new Set(rejected.map(({ index }) => index));
  const positions = new Map<string, number>();
  let position = 0;
  for (const { uuid } of batch.events) {
    while (gaps.has(position)) position += 1;
    if (!positions.has(uuid)) positions.set(uuid, position);
    position += 1;
  }
  return positions;
}
