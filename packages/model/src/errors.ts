/** One kind of failure: what is said, how HTTP and SQL say it, and whether the same request may work later. */
export interface ErrorEntry {
  /** One sentence for a person; it names no data of the request. */
  readonly message: string;
  /** Status of the HTTP answer; null where the error never leaves the command line. */
  readonly httpStatus: number | null;
  /** SQLSTATE that a function of the database raises for it; null where SQL does not raise it. */
  readonly sqlstate: string | null;
  /** True where sending the same again, unchanged, can succeed. */
  readonly retryable: boolean;
}

/**
 * Every error that the project reports, by its code; docs/errors.md says what to do about each.
 * A code is never renamed and never given to another meaning: scripts compare it.
 */
export const ERRORS = {
  OMS_MESSAGE_UNREADABLE: {
    message: 'The message cannot be read: it is not well-formed JSON or XML in UTF-8; it was set aside.',
    httpStatus: 400,
    sqlstate: null,
    retryable: false,
  },
  OMS_MESSAGE_UNSAFE: {
    message:
      'The message uses something that is refused for safety, such as a DOCTYPE or deep nesting; it was set aside.',
    httpStatus: 400,
    sqlstate: null,
    retryable: false,
  },
  OMS_MESSAGE_REJECTED: {
    message: 'The message is not one that this provider sends; it was set aside.',
    httpStatus: 422,
    sqlstate: 'LGINV',
    retryable: false,
  },
  OMS_MESSAGE_TOO_LARGE: {
    message: 'The message is larger than the limit of this route.',
    httpStatus: 413,
    sqlstate: null,
    retryable: false,
  },
  OMS_ENCODING_UNSUPPORTED: {
    message: 'Compressed messages are not accepted; this one was set aside.',
    httpStatus: 415,
    sqlstate: null,
    retryable: false,
  },
  OMS_OVERLOADED: {
    message: 'More messages arrive than can be stored; nothing of this one was stored.',
    httpStatus: 503,
    sqlstate: null,
    retryable: true,
  },
  OMS_DATABASE_AWAY: {
    message: 'The database does not answer in time; sending the same again does no harm.',
    httpStatus: 503,
    sqlstate: null,
    retryable: true,
  },
  OMS_KAFKA_AWAY: {
    message: 'The Kafka brokers do not answer in time; sending the same again does no harm.',
    httpStatus: 503,
    sqlstate: null,
    retryable: true,
  },
  OMS_QUERY_INVALID: {
    message: 'A parameter of the request is missing or has a wrong form.',
    httpStatus: 400,
    sqlstate: null,
    retryable: false,
  },
  OMS_CURSOR_INVALID: {
    message: 'The cursor is not one that an earlier answer gave.',
    httpStatus: 400,
    sqlstate: null,
    retryable: false,
  },
  OMS_REQUEST_INVALID: {
    message: 'The request is not one that this server can read.',
    httpStatus: 400,
    sqlstate: null,
    retryable: false,
  },
  OMS_ROUTE_UNKNOWN: {
    message: 'There is nothing at this address.',
    httpStatus: 404,
    sqlstate: null,
    retryable: false,
  },
  OMS_METHOD_NOT_ALLOWED: {
    message: 'The address exists, but not for this method.',
    httpStatus: 405,
    sqlstate: null,
    retryable: false,
  },
  OMS_OUTAGE_UNKNOWN: {
    message: 'No outage has this id.',
    httpStatus: 404,
    sqlstate: null,
    retryable: false,
  },
  OMS_METER_UNKNOWN: {
    message: 'No meter has this number.',
    httpStatus: 404,
    sqlstate: null,
    retryable: false,
  },
  OMS_TICKET_UNKNOWN: {
    message: 'No ticket has this id.',
    httpStatus: 404,
    sqlstate: null,
    retryable: false,
  },
  OMS_KEY_MISSING: {
    message: 'This server asks for a key in the Authorization header.',
    httpStatus: 401,
    sqlstate: null,
    retryable: false,
  },
  OMS_KEY_INVALID: {
    message: 'The key is unknown, expired or revoked.',
    httpStatus: 401,
    sqlstate: null,
    retryable: false,
  },
  OMS_SCOPE_MISSING: {
    message: 'The key does not reach this route.',
    httpStatus: 403,
    sqlstate: null,
    retryable: false,
  },
  OMS_HOST_REFUSED: {
    message:
      'The Host header does not name this machine, so the request may have been led here by another site.',
    httpStatus: 421,
    sqlstate: null,
    retryable: false,
  },
  OMS_ORIGIN_REFUSED: {
    message: 'The request comes from a page of another site.',
    httpStatus: 403,
    sqlstate: null,
    retryable: false,
  },
  OMS_RATE_LIMITED: {
    message: 'Too many requests from this sender in a short time.',
    httpStatus: 429,
    sqlstate: null,
    retryable: true,
  },
  OMS_STREAMS_FULL: {
    message: 'As many live streams are open as this server keeps.',
    httpStatus: 503,
    sqlstate: null,
    retryable: true,
  },
  OMS_INTERNAL: {
    message: 'Something went wrong inside the server; the request id leads to its log.',
    httpStatus: 500,
    sqlstate: null,
    retryable: false,
  },
  OMS_REGISTRY_UNKNOWN: {
    message: 'Nothing in the registry has this id.',
    httpStatus: null,
    sqlstate: 'LGNTF',
    retryable: false,
  },
  OMS_APPEND_ONLY: {
    message: 'The table only grows: what would rewrite history is refused.',
    httpStatus: null,
    sqlstate: 'LGAPP',
    retryable: false,
  },
  OMS_PORT_TAKEN: {
    message: 'Another program listens on this port.',
    httpStatus: null,
    sqlstate: null,
    retryable: false,
  },
  OMS_PORT_FORBIDDEN: {
    message: 'This user may not listen on this address and port.',
    httpStatus: null,
    sqlstate: null,
    retryable: false,
  },
  OMS_ADDRESS_UNKNOWN: {
    message: 'The address to listen on is none of this machine.',
    httpStatus: null,
    sqlstate: null,
    retryable: false,
  },
  OMS_KEY_REQUIRED: {
    message: 'The server is to be reached from other machines, but no key has been made.',
    httpStatus: null,
    sqlstate: null,
    retryable: false,
  },
  OMS_KEY_UNKNOWN: {
    message: 'No key has this id.',
    httpStatus: null,
    sqlstate: null,
    retryable: false,
  },
} as const satisfies Record<`OMS_${string}`, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** The `type` of a problem+json answer (RFC 9457): stable, one for each code. */
export function problemType(code: ErrorCode): string {
  return `urn:lastgasp:error:${code}`;
}

/** A failure of the table, thrown; `detail` says what it is about this time and holds no personal data. */
export class OmsError extends Error {
  override readonly name = 'OmsError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail ?? ERRORS[code].message, options);
    this.code = code;
  }
}
