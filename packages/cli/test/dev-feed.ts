/** What an inspector's page is told when it opens. */
export interface Snapshot {
  readonly rows: readonly {
    readonly uuid: string;
    readonly eventName: string;
    readonly state: string;
    readonly utk?: string;
  }[];
}

/** Reads the first message of an inspector's feed. */
export async function snapshotOf(inspectorUrl: string): Promise<Snapshot> {
  const answer = await fetch(`${inspectorUrl}feed`);
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body as ReadableStream<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const [, data] = /^data: (.*)\n\n/m.exec(text) ?? [];
    if (data === undefined) continue;
    // Leaving the loop ends the request.
    return JSON.parse(data);
  }
  throw new Error(`the feed of ${inspectorUrl} ended`);
}
