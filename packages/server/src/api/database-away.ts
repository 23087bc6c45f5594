// Classes and codes of SQLSTATE that say "not now" about the server, not "wrong" about the statement:
// connection (08), resources such as a full disk or no connection left (53), shutdown and start-up (57P),
// a cancelled statement or an idle session ended (57014, 57P05), a lock not had in time (55P03),
// a read-only server during failover (25006), serialization and deadlock (40).
const AWAY_SQLSTATE = /^(08...|53...|57P0.|57014|55P03|25006|40001|40P01)$/;

const AWAY_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);

// What `pg` and `pg-pool` throw without a code.
const AWAY_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout|Cannot use a pool after calling end)/;

/** Whether an error, or what caused it, says that the database cannot be reached or cannot work right now. */
export function isDatabaseAway(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth += 1) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (typeof code === 'string' && (AWAY_SQLSTATE.test(code) || isSystemCode(cause, code))) return true;
    // A session that the server refuses or ends: whatever the reason, it is not the request's.
    if ((cause as { severity?: string }).severity === 'FATAL') return true;
    if (AWAY_MESSAGE.test(cause.message)) return true;
    if (cause instanceof AggregateError && cause.errors.some(isDatabaseAway)) return true;
  }
  return false;
}

/** Only of a socket: a file that is not there also says ENOENT. */
function isSystemCode(error: Error, code: string): boolean {
  const { syscall } = error as NodeJS.ErrnoException;
  return (
    AWAY_SYSTEM_CODES.has(code) &&
    (syscall === undefined || /^(connect|read|write|getaddrinfo)$/.test(syscall))
  );
}
