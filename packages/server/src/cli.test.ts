import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from './cli.ts';
import type { CommandContext, CommandModule } from './command-module.ts';

const FILES = readdirSync(join(import.meta.dirname, 'commands')).filter((name) => !name.endsWith('.test.ts'));
const NAMES = FILES.map((name) => name.replace(/\.ts$/, ''));

describe('each file of commands/', () => {
  test('has its line in the help', () => {
    expect(NAMES.filter((name) => !Object.hasOwn(COMMANDS, name))).toEqual([]);
  });

  test.each(NAMES)('%s is a command that can say its help', async (name) => {
    const { command: module } = (await import(`./commands/${name}.ts`)) as { command: CommandModule };
    const command = new Command(name);
    // Registering only describes: nothing of the context is used before the command is called.
    module.register(command, {} as CommandContext);
    expect(command.helpInformation()).toContain(`Usage: ${name}`);
  });
});
