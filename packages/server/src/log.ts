import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { LogLevel } from './config.ts';
import { maskNumbersInText } from './mask-personal-data.ts';

/** Fields that hold personal data or a secret, wherever a log line carries them at its top or one level below. */
const PERSONAL_FIELDS = [
  'phone',
  'address',
  'notes',
  'name',
  'customer',
  'caller',
  'payload',
  'body',
  'authorization',
  'secret',
  'key',
];

/**
 * The log of a server: JSON lines, on standard error unless told. Personal fields are taken out, and of an error
 * only what describes it is written: PostgreSQL's `detail` and `where` quote whole rows.
 */
export function createLog(
  level: LogLevel,
  to: DestinationStream = destination({ dest: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: PERSONAL_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[personal]' },
      serializers: { err: describeError, error: describeError },
    },
    to,
  );
}

interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
}

// Deep enough for any chain that says something.
const MOST_CAUSES = 5;

/** An error without the values that it quotes. */
function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: hideNumbers(String(error)) };
  const { code } = error as NodeJS.ErrnoException;
  return {
    type: error.name,
    message: hideNumbers(error.message),
    ...(typeof code === 'string' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: hideNumbers(error.stack) }),
    ...(error.cause === undefined || depth >= MOST_CAUSES
      ? {}
      : { cause: describeError(error.cause, depth + 1) }),
  };
}

function hideNumbers(text: string): string {
  return maskNumbersInText(text) ?? '';
}
