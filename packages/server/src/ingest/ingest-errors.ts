/** The queue is full: nothing of the message was taken, and the sender should come again. */
export class IngestOverloaded extends Error {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(`the ingest queue is full; try again in ${retryAfterSeconds} s`);
    this.name = 'IngestOverloaded';
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The database could not take the message: perhaps nothing of it, perhaps a part; sending it again does no harm. */
export class IngestUnavailable extends Error {
  readonly retryAfterSeconds = 2;

  constructor(cause: unknown) {
    super('the database cannot take events now; try again', { cause });
    this.name = 'IngestUnavailable';
  }
}
