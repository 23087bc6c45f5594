// PostgreSQL's binary array format, written by hand: the driver's text arrays cost 16 us of CPU an event, these 3.

const OID = { json: 114, timestamptz: 1184 } as const;
const MICROSECONDS_BEFORE_2000 = 946_684_800_000_000n;

/** A `json[]` parameter: one element a text, which must be valid JSON. */
export function jsonArray(values: readonly string[]): Buffer {
  const bytes = values.reduce((sum, value) => sum + 4 + Buffer.byteLength(value), 20);
  const buffer = Buffer.allocUnsafe(bytes);
  let offset = writeHeader(buffer, OID.json, values.length);
  for (const value of values) {
    const written = buffer.write(value, offset + 4);
    buffer.writeInt32BE(written, offset);
    offset += 4 + written;
  }
  return buffer;
}

/** A `timestamptz[]` parameter, to the millisecond. */
export function timestamptzArray(values: readonly Date[]): Buffer {
  const buffer = Buffer.allocUnsafe(20 + values.length * 12);
  let offset = writeHeader(buffer, OID.timestamptz, values.length);
  for (const value of values) {
    offset = buffer.writeInt32BE(8, offset);
    offset = buffer.writeBigInt64BE(BigInt(value.getTime()) * 1000n - MICROSECONDS_BEFORE_2000, offset);
  }
  return buffer;
}

/** One dimension with lower bound 1 and no nulls; an empty array has that dimension with no elements. */
function writeHeader(buffer: Buffer, elementType: number, length: number): number {
  let offset = buffer.writeInt32BE(1, 0);
  offset = buffer.writeInt32BE(0, offset);
  offset = buffer.writeInt32BE(elementType, offset);
  offset = buffer.writeInt32BE(length, offset);
  return buffer.writeInt32BE(1, offset);
}
