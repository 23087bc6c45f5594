import { OmsError } from '@lastgasp/model';

/** Where a page ended: the values of the columns that the list is ordered by. */
export interface PagePosition {
  readonly at: string;
  readonly id: string;
}

/** A position as an opaque word for an address. */
export function formatCursor(position: PagePosition): string {
  return Buffer.from(JSON.stringify([position.at, position.id])).toString('base64url');
}

/** The position that `formatCursor` wrote; throws `OMS_CURSOR_INVALID` for anything else. */
export function parseCursor(cursor: string): PagePosition {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    // PostgreSQL's own text of an instant: a Date would lose the microseconds that the order depends on.
    if (typeof at === 'string' && /^\d{4,6}-\d\d-\d\d[ T][\d:.]+(Z|[+-]\d\d(:?\d\d)?)$/.test(at)) {
      if (typeof id === 'string' && /^\d{1,18}$/.test(id)) return { at, id };
    }
  } catch {
    // not JSON: fall through to the refusal
  }
  throw new OmsError('OMS_CURSOR_INVALID');
}
