import { Command } from 'commander';
import type { CommandContext, CommandModule } from '../src/command-module.ts';
import { createOutput } from '../src/terminal/output.ts';
import { configFor } from './api-server.ts';
import type { TestDatabase } from './test-database.ts';

/** What a command printed, and what it would have ended with. */
export interface CommandRun {
  readonly results: string;
  readonly notes: string;
  readonly exitCode: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test names the members it looks at
  readonly json: () => any;
}

/** Runs a command on the test's database in this process, its results going to a pipe, or to a terminal. */
export async function runCommand(
  database: TestDatabase,
  module: CommandModule,
  args: readonly string[],
  isTerminal = false,
): Promise<CommandRun> {
  let results = '';
  let notes = '';
  let exitCode = 0;
  const output = createOutput(
    { write: (text) => (results += text), isTTY: isTerminal },
    { write: (text) => (notes += text) },
  );
  const context: CommandContext = {
    config: configFor(database.url),
    output,
    signal: new AbortController().signal,
    openDatabase: async () => ({ url: database.url, pool: database.pool, close: async () => undefined }),
    openThrowawayDatabase: () => Promise.reject(new Error('not asked for')),
    exitWith: (code) => {
      exitCode = code;
    },
  };
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  module.register(program, context);
  await program.parseAsync([...args], { from: 'user' });
  return { results, notes, exitCode, json: () => JSON.parse(results) };
}
