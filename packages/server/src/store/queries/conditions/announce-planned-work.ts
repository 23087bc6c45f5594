import type { Queryable } from '../queryable.ts';

/** Work for which a device is opened, to be announced; instants in RFC 3339. */
export interface WorkAnnouncement {
  /** The utility's own number of it. */
  readonly workId: string;
  /** Code of the device. */
  readonly device: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly description: string | null;
  readonly announcedBy: string;
}

/** Announces work; the same announcement again changes nothing. Throws LGINV or LGNTF naming the field. */
export async function announcePlannedWork(database: Queryable, work: WorkAnnouncement): Promise<void> {
  await database.query('select announce_planned_work($1, $2, $3, $4, $5, $6)', [
    work.workId,
    work.device,
    work.startsAt,
    work.endsAt,
    work.description,
    work.announcedBy,
  ]);
}
