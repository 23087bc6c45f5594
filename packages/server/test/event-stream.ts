/** One event of a live stream. */
export interface StreamEvent {
  readonly id: number | null;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test names the members it looks at
  readonly data: any;
}

/** A client of the live stream that keeps what it was sent. */
export interface StreamReader {
  readonly events: readonly StreamEvent[];
  /** The first event that fits, whether it came already or comes later. */
  readonly next: (fits: (event: StreamEvent) => boolean) => Promise<StreamEvent>;
  /** Resolves when the server ends the stream. */
  readonly ended: Promise<void>;
  readonly close: () => void;
}

/** Opens the live stream at `url` and reads it as a browser's EventSource does. */
export async function readStream(url: URL, headers: Record<string, string> = {}): Promise<StreamReader> {
  const cut = new AbortController();
  const answer = await fetch(url, { headers, signal: cut.signal });
  if (answer.status !== 200 || answer.body === null) throw new Error(`the stream answered ${answer.status}`);
  const events: StreamEvent[] = [];
  const waiting: (() => void)[] = [];
  const wake = () => {
    for (const look of waiting.splice(0)) look();
  };
  let isOver = false;
  const read = async (body: ReadableStream<Uint8Array>) => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() as string;
      events.push(...blocks.flatMap(parseBlock));
      wake();
    }
  };
  const ended = read(answer.body as ReadableStream<Uint8Array>)
    .catch(() => undefined)
    .then(() => {
      isOver = true;
      wake();
    });
  return {
    events,
    ended,
    next: async (fits) => {
      for (;;) {
        const found = events.find(fits);
        if (found !== undefined) return found;
        if (isOver) throw new Error(`the stream ended after ${JSON.stringify(events)}`);
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    close: () => cut.abort(),
  };
}

function parseBlock(block: string): StreamEvent[] {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)] as const;
    }),
  );
  const [id, event, data] = ['id', 'event', 'data'].map((name) => fields.get(name));
  if (event === undefined || data === undefined) return [];
  return [{ id: id === undefined ? null : Number(id), event, data: JSON.parse(data) }];
}
