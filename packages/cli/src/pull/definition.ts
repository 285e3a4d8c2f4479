import * as v from 'valibot';

/**
 * The part of HubSpot's event definitions that matters here: what a lock is made of. Everything else in the answer is
 * left alone, so that a new field of HubSpot's breaks nothing. What HubSpot has nothing to say about may be absent or null.
 */
const property = v.object({
  name: v.string(),
  type: v.string(),
  options: v.nullish(v.array(v.object({ value: v.string() })), []),
  archived: v.nullish(v.boolean(), false),
  dataSensitivity: v.nullish(v.string(), 'non_sensitive'),
});

const definition = v.object({
  fullyQualifiedName: v.string(),
  archived: v.nullish(v.boolean(), false),
  properties: v.nullish(v.array(property), []),
  customMatchingId: v.nullish(
    v.object({
      primaryObjectRule: v.nullish(v.object({ eventPropertyName: v.nullish(v.string()) })),
    }),
  ),
});

const page = v.object({
  results: v.array(definition),
  paging: v.nullish(v.object({ next: v.nullish(v.object({ after: v.nullish(v.string()) })) })),
});

export type Definition = v.InferOutput<typeof definition>;
export type PropertyOfDefinition = v.InferOutput<typeof property>;

export type ParsedPage =
  | { readonly ok: true; readonly definitions: readonly Definition[]; readonly after?: string }
  | { readonly ok: false; readonly problem: string };

/** Reads one page of `GET /events/{version}/event-definitions`. */
export function parsePage(input: unknown): ParsedPage {
  const result = v.safeParse(page, input);
  if (!result.success) {
    const [issue] = result.issues;
    const where = v.getDotPath(issue);
    const what = where === null ? 'It' : `"${where}" in it`;
    return { ok: false, problem: `${what} is missing, or not of the kind that HubSpot documents.` };
  }
  // Some of HubSpot's lists end with an empty cursor.
  const after = result.output.paging?.next?.after || undefined;
  return {
    ok: true,
    definitions: result.output.results,
    ...(after !== undefined && { after }),
  };
}
