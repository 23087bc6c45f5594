import type { Rejection } from '@lastgasp/model';
import { readRecordedEvent } from '../ingest/reading/recorded-event.ts';

/** A recorded message that can be read, as its line. */
export interface RecordedLine {
  readonly text: string;
  readonly receivedAt: Date;
}

/** A file of recorded messages in the order in which they are replayed. */
export interface Recording {
  /** By receive time, then by text, so that the order of the file's lines leaves no trace. */
  readonly lines: readonly RecordedLine[];
  /** Lines that are no recorded messages, with the number of the line from 1. */
  readonly rejected: readonly { readonly line: number; readonly rejection: Rejection }[];
}

/** Reads recorded messages; those received after `until` are left out, and empty lines are nothing. */
export async function readRecording(
  lines: AsyncIterable<string> | Iterable<string>,
  until: Date | null,
): Promise<Recording> {
  const readable: RecordedLine[] = [];
  const rejected: { line: number; rejection: Rejection }[] = [];
  let line = 0;
  for await (const given of lines) {
    line++;
    const text = given.trim();
    if (text === '') continue;
    const record = readRecordedEvent(text);
    if (!record.ok) rejected.push({ line, rejection: record.error });
    else if (until === null || record.value.receivedAt <= until) {
      readable.push({ text, receivedAt: record.value.receivedAt });
    }
  }
  readable.sort(
    (a, b) =>
      a.receivedAt.getTime() - b.receivedAt.getTime() || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0),
  );
  return { lines: readable, rejected };
}
