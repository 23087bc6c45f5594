import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Provider, Rejection } from '@lastgasp/model';
import type { Receipt } from '../ingest/inbound-message.ts';
import type { IngestQueue } from '../ingest/ingest-queue.ts';
import { type RecordedEvent, readRecordedEvent } from '../ingest/reading/recorded-event.ts';

/** Provider events of a file: received = stored + duplicate + rejected, an unreadable line or message counting as one. */
export interface IngestTotals {
  received: number;
  stored: number;
  duplicate: number;
  rejected: number;
}

export interface RecordedIngestReport {
  readonly lines: number;
  readonly total: Readonly<IngestTotals>;
  readonly byProvider: Readonly<Record<Provider | 'unknown', Readonly<IngestTotals>>>;
  /** The first rejections, for the person who looks on; all of them are dead letters. */
  readonly firstRejections: readonly {
    readonly line: number;
    readonly rejection: Omit<Rejection, 'code'>;
    readonly deadLetterId: number;
  }[];
}

/** Messages under way at once: enough for full batches on every lane, few enough to hold in memory. */
const MOST_UNDER_WAY = 4000;
const REJECTIONS_TOLD = 20;

/**
 * Feeds the recorded provider messages of an NDJSON file through the queue, as if each had arrived at its `receivedAt`. Lines
 * that cannot be read become dead letters like any other message. Resolves when everything is committed; throws
 * for a file that cannot be read and for a database that cannot take events.
 */
export async function ingestRecordedEvents(
  queue: IngestQueue,
  path: string,
  onProgress: (lines: number) => void = () => undefined,
): Promise<RecordedIngestReport> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  return ingestLines(queue, lines, onProgress);
}

/** The same for records that are in memory already. */
export async function ingestLines(
  queue: IngestQueue,
  lines: AsyncIterable<string> | Iterable<string>,
  onProgress: (lines: number) => void = () => undefined,
): Promise<RecordedIngestReport> {
  const nothing = (): IngestTotals => ({ received: 0, stored: 0, duplicate: 0, rejected: 0 });
  const byProvider = {
    scada: nothing(),
    onu: nothing(),
    kaifa: nothing(),
    'call-center': nothing(),
    unknown: nothing(),
  };
  const firstRejections: { line: number; rejection: Omit<Rejection, 'code'>; deadLetterId: number }[] = [];
  const underWay = new Set<Promise<void>>();
  let failure: unknown;
  let lineNumber = 0;

  const take = async (line: number, text: string): Promise<void> => {
    const record = readRecordedEvent(text);
    const totals = byProvider[record.ok ? record.value.provider : 'unknown'];
    const receipt = record.ok
      ? await receiveRecord(queue, record.value)
      : await setLineAside(queue, text, record.error);
    totals.received += receipt.events.length + receipt.rejected.length;
    totals.rejected += receipt.rejected.length;
    for (const event of receipt.events) totals[event.outcome]++;
    for (const { rejection, deadLetterId } of receipt.rejected) {
      if (firstRejections.length < REJECTIONS_TOLD) firstRejections.push({ line, rejection, deadLetterId });
    }
  };

  for await (const text of lines) {
    lineNumber++;
    if (text.trim() === '') continue;
    const work: Promise<void> = take(lineNumber, text)
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => underWay.delete(work));
    underWay.add(work);
    if (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay);
    if (failure !== undefined) break;
    if (lineNumber % 10_000 === 0) onProgress(lineNumber);
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure;

  const total = nothing();
  for (const totals of Object.values(byProvider)) {
    for (const key of ['received', 'stored', 'duplicate', 'rejected'] as const) total[key] += totals[key];
  }
  return { lines: lineNumber, total, byProvider, firstRejections };
}

const receiveRecord = (queue: IngestQueue, record: RecordedEvent): Promise<Receipt> =>
  queue.receive({ ...record, transport: 'file' });

async function setLineAside(queue: IngestQueue, line: string, rejection: Rejection): Promise<Receipt> {
  const payload = Buffer.from(line);
  const deadLetterId = await queue.setAside({
    sourceType: 'unknown',
    transport: 'file',
    sender: null,
    topic: null,
    partition: null,
    offset: null,
    rejection,
    payload,
    payloadSha256: createHash('sha256').update(payload).digest(),
    receivedAt: new Date(),
  });
  return { events: [], rejected: [{ rejection, deadLetterId }] };
}
