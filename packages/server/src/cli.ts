import { existsSync, readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import {
  type CommandContext,
  type CommandDatabaseOptions,
  CommandFailure,
  type CommandModule,
  EXIT_CODES,
} from './command-module.ts';
import { type Config, describeConfigError, readConfig } from './config.ts';
import { exitCodeOf, listenForStop, type StopReason } from './stop-signal.ts';
import { type Database, openDatabase } from './store/connect.ts';
import { migrateDatabase } from './store/migrate.ts';
import { openThrowawayDatabase } from './store/throwaway-database.ts';
import { describeFailure } from './terminal/describe-failure.ts';
import { createOutput, type Output } from './terminal/output.ts';

/**
 * The line of each command in `--help`, in the order shown. A command is there where `commands/<name>.ts` is, and
 * that file is loaded only when it is called.
 */
export const COMMANDS: Readonly<Record<string, string>> = {
  demo: 'runs everything with a demo network and a live storm (what "npm start" runs)',
  serve: 'runs the gateway, ingestion, correlation and the live page',
  doctor: 'checks the database, its data and the providers, a line each',
  migrate: 'brings the database to the current schema',
  sql: 'runs one query on the configured database',
  import: 'takes a network into the registry',
  ingest: 'feeds recorded provider messages through the same path as live ones',
  replay: 'shows the outages that recorded messages lead to, in a throw-away database',
  infer: 'computes the posterior of one snapshot',
  simulate: 'makes a storm with its truth for a network',
  evaluate: 'scores the inference on simulated storms',
  outages: 'lists outages',
  outage: 'shows one outage: evidence, explanation, timeline',
  meter: 'shows one meter',
  substations: 'lists substations with the state of their meters',
  feeders: 'lists feeders with the state of their meters',
  planned: 'lists, announces, moves and cancels work for which devices are opened',
  providers: 'tells how the providers do; lists, notes and ends what is wrong with them',
  'dead-letters': 'lists, shows, replays and discards messages that were set aside',
  keys: 'makes, rotates, revokes and lists the keys of a server that other machines reach',
};

/** Runs the command line of this process and sets its exit code. */
export async function main(args: readonly string[] = process.argv.slice(2)): Promise<void> {
  const output = createOutput(process.stdout, process.stderr);
  ignoreClosedPipe(process.stdout);
  ignoreClosedPipe(process.stderr);

  const open: Database[] = [];
  const closeAll = async (waitMs?: number) => {
    await Promise.allSettled(open.map((database) => database.close(waitMs === undefined ? {} : { waitMs })));
  };
  const quit = async (exitCode: number) => {
    await closeAll(0);
    process.exit(exitCode);
  };
  const signal = listenForStop((reason) => process.exit(exitCodeOf(reason)));
  process.on('uncaughtException', (error) => {
    output.progress(describeFailure(error, { withStack: true }));
    void quit(EXIT_CODES.failed);
  });

  process.exitCode = EXIT_CODES.ok;
  let isCutOff = false;
  try {
    const name = calledCommand(args);
    const module = name === null ? null : await loadCommand(name);
    signal.addEventListener('abort', () => {
      isCutOff = module?.lifetime !== 'untilStopped';
      if (isCutOff) void quit(exitCodeOf(signal.reason as StopReason));
    });
    await runProgram({ args, name, module, output, signal, open });
  } catch (error) {
    // What fails because the database was taken away is no news; the process ends once that is done.
    if (isCutOff) return;
    process.exitCode = report(error, output);
  }
  if (isCutOff) return;
  await closeAll();
  // Whatever a command left running must not hold the shell's prompt.
  setTimeout(() => process.exit(), 5_000).unref();
}

interface ProgramRun {
  readonly args: readonly string[];
  readonly name: string | null;
  readonly module: CommandModule | null;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Filled with what the command opens. */
  readonly open: Database[];
}

async function runProgram(run: ProgramRun): Promise<void> {
  const read = readConfig(process.env);
  const program = new Command('lastgasp')
    .description('Open outage management system for electricity distribution utilities')
    .version(readVersion())
    .exitOverride()
    .showHelpAfterError(
      '("lastgasp --help" lists the commands, "lastgasp <command> --help" tells more of one)',
    )
    .hook('preAction', () => {
      if (!read.ok)
        throw new CommandFailure(read.error.map(describeConfigError).join('\n'), EXIT_CODES.usage);
    });
  // Help and version are to be had with a wrong environment too; nothing else gets past the hook.
  const config = read.ok ? read.value : readDefaults();
  for (const [commandName, summary] of Object.entries(COMMANDS)) {
    if (!existsSync(commandFile(commandName))) continue;
    const command = program.command(commandName).description(summary);
    if (commandName === run.name) run.module?.register(command, createContext(run, commandName, config));
  }
  await program.parseAsync(withoutHelpOfNothing(program, run.args), { from: 'user' });
}

/**
 * The words up to a command that does not exist, where the call asks for its help: the help of the command above it would
 * read as if all were well. Without the question the unknown word is an error.
 */
export function withoutHelpOfNothing(program: Command, args: readonly string[]): readonly string[] {
  if (!args.some((arg) => arg === '--help' || arg === '-h' || arg === 'help')) return args;
  const words: string[] = [];
  let command = program;
  for (const word of args) {
    if (word === '--help' || word === '-h' || word === 'help') continue;
    // From its first option on, a call has the option's values, too.
    if (command.commands.length === 0 || word.startsWith('-')) return args;
    words.push(word);
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) return words;
    command = next;
  }
  return args;
}

function createContext(run: ProgramRun, name: string, config: Config): CommandContext {
  const { output, signal, open } = run;
  const common = { applicationName: `lastgasp ${name}`, log: output.progress };
  return {
    config,
    output,
    signal,
    openDatabase: async (options = {}) => {
      const { migrate = false, acceptOldSchema = false, ...poolOptions } = options;
      const database = await openDatabase(config, { ...common, ...poolOptions });
      open.push(database);
      await settleSchema(database, config, { migrate, acceptOldSchema }, output);
      return database;
    },
    openThrowawayDatabase: async (options = {}) => {
      const database = await openThrowawayDatabase(config, { ...common, ...options });
      open.push(database);
      return database;
    },
    exitWith: (code) => {
      process.exitCode = code;
    },
  };
}

async function settleSchema(
  database: Database,
  config: Config,
  { migrate, acceptOldSchema }: Required<Pick<CommandDatabaseOptions, 'migrate' | 'acceptOldSchema'>>,
  output: Output,
): Promise<void> {
  if (migrate === 'never') return;
  if (migrate === true || config.databaseUrl === null) {
    await migrateDatabase(database.url, { log: output.progress });
    return;
  }
  if (acceptOldSchema) return;
  const { pending } = await migrateDatabase(database.url, { dryRun: true });
  if (pending.length > 0) {
    throw new CommandFailure(
      `The schema of the database is not current (to run: ${pending.join(', ')}). Call "lastgasp migrate" first.`,
    );
  }
}

/** The first word that is not an option, also behind `help`. */
function calledCommand(args: readonly string[]): string | null {
  const [first, second] = args.filter((arg) => !arg.startsWith('-'));
  const name = first === 'help' ? second : first;
  const isCommand = name !== undefined && Object.hasOwn(COMMANDS, name) && existsSync(commandFile(name));
  return isCommand ? name : null;
}

async function loadCommand(name: string): Promise<CommandModule> {
  const { command } = (await import(commandFile(name).href)) as { command: CommandModule };
  return command;
}

function commandFile(name: string): URL {
  return new URL(`./commands/${name}.ts`, import.meta.url);
}

function report(error: unknown, output: Output): number {
  if (error instanceof CommanderError) {
    // Commander has printed it. Asking for help or the version is no mistake, giving no command is.
    return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage;
  }
  if (error instanceof CommandFailure) {
    output.progress(describeFailure(error, { withStack: false }));
    return error.exitCode;
  }
  const level = process.env.LASTGASP_LOG_LEVEL;
  output.progress(describeFailure(error, { withStack: level === 'debug' || level === 'trace' }));
  return EXIT_CODES.failed;
}

function readDefaults(): Config {
  const defaults = readConfig({});
  if (!defaults.ok) throw new Error('the defaults are not valid');
  return defaults.value;
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** A reader such as `head` may close the pipe before all is written; what is left is then not wanted. */
function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
