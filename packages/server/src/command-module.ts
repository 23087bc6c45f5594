import type { Command } from 'commander';
import type { Config } from './config.ts';
import type { Database } from './store/connect.ts';
import type { ThrowawayDatabase } from './store/throwaway-database.ts';
import type { Output } from './terminal/output.ts';

/** What the process ends with: 0 done, 1 failed, 2 called wrongly, 3 done but something was set aside. */
export const EXIT_CODES = { ok: 0, failed: 1, usage: 2, partial: 3 } as const;
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** What a command is given to work with; made once by `cli.ts`. */
export interface CommandContext {
  /** The environment, read and checked once. */
  readonly config: Config;
  /** Where results, tables and progress are printed. */
  readonly output: Output;
  /** Aborted by the first Ctrl+C, SIGTERM, or the end of the launcher. */
  readonly signal: AbortSignal;
  /**
   * Opens the configured database, starting the embedded server where `DATABASE_URL` is not set. An embedded
   * database is brought to the current schema first; another one only with `migrate: true` (serve, demo).
   * Whatever is still open when the command ends is closed by `cli.ts`; closing twice does no harm.
   */
  readonly openDatabase: (options?: CommandDatabaseOptions) => Promise<Database>;
  /** A new database with the current schema on the configured server; `close()` drops it. */
  readonly openThrowawayDatabase: (options?: { readonly max?: number }) => Promise<ThrowawayDatabase>;
  /** Says how the command ended where that is not 0; the last call counts. */
  readonly exitWith: (code: ExitCode) => void;
}

export interface CommandDatabaseOptions {
  /** Most connections of the pool; 4 unless told. */
  readonly max?: number;
  /** A statement is cut off after this time, 60,000 unless told; 0 means never (imports). */
  readonly statementTimeoutMs?: number;
  /** Run pending migrations on a `DATABASE_URL` too; `never` leaves an embedded database as it is as well. */
  readonly migrate?: boolean | 'never';
  /** Take a `DATABASE_URL` whose schema is not current; otherwise the command fails and says what to call. */
  readonly acceptOldSchema?: boolean;
}

/**
 * One command: `commands/<name>.ts` exports it as `command`, and is loaded only when that name is called.
 * Its one-line summary for `--help` stands in the list in `cli.ts`.
 */
export interface CommandModule {
  /**
   * `untilStopped`: the command runs until `context.signal` is aborted and then winds up by itself (serve,
   * demo). Other commands are cut off by Ctrl+C: their database is closed and the process ends with 130.
   */
  readonly lifetime?: 'short' | 'untilStopped';
  /**
   * Adds arguments, options, sub-commands and async actions to `command`, which already carries name and
   * summary. An action throws `CommandFailure` for what the caller should read as one line.
   */
  readonly register: (command: Command, context: CommandContext) => void;
}

/** Ends a command with one line on standard error and `exitCode`, without a stack. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT_CODES.failed, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

/** Ends the command with what is wrong with one of its options. */
export function refuseOption(option: string, reason: string): never {
  throw new CommandFailure(`--${option} ${reason}`, EXIT_CODES.usage);
}
