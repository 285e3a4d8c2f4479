import type { ParsedBatch } from '@hubrelay/protocol';

/** Where each event of the batch stood in the request: those set aside by the parser have left gaps. */
export function positionsIn({ batch, rejected }: ParsedBatch): readonly number[] {
  const gaps = new Set(rejected.map(({ index }) => index));
  let position = -1;
  return batch.events.map(() => {
    do position += 1;
    while (gaps.has(position));
    return position;
  });
}
