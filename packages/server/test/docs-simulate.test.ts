import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { SCENARIOS, type StormTruth } from '@lastgasp/engine/simulate';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import type { CommandContext } from '../src/command-module.ts';
import { command as simulate } from '../src/commands/simulate.ts';
import { markdownBlocks, readPage, tableRows } from './markdown-blocks.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const LAUNCHER = join(REPOSITORY, 'packages/server/bin/lastgasp.mjs');
const page = await readPage('docs/simulate.md');

const unquoted = (cell = '') => cell.replaceAll('`', '');

describe('docs/simulate.md', () => {
  test('lists every scenario with its summary', () => {
    const listed = tableRows(page, 'scenario').map(([name, summary]) => [unquoted(name), summary]);
    expect(listed).toEqual(SCENARIOS.map(({ name, summary }) => [name, summary]));
  });

  test('lists every option of the command', () => {
    const command = new Command('simulate');
    simulate.register(command, {} as CommandContext);
    const listed = tableRows(page, 'option').map(([name]) => unquoted(name));
    expect(listed.toSorted()).toEqual(command.options.map(({ long }) => long).toSorted());
  });

  test('shows a storm that its commands make, and names every field of its truth', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lastgasp-docs-'));
    try {
      const [block] = markdownBlocks(page).filter(({ language }) => language === 'sh');
      const [line = ''] = block?.text.split('\n') ?? [];
      const args = line.replace('npx lastgasp ', '').replace('--out storm', `--out ${folder}`).split(' ');
      await promisify(execFile)('node', [LAUNCHER, ...args], { cwd: REPOSITORY });
      const truth = JSON.parse(await readFile(join(folder, 'truth.json'), 'utf8')) as StormTruth;
      const named = tableRows(page, 'field')
        .map(([fields]) => unquoted(fields))
        .join(' ');
      for (const field of [...Object.keys(truth), ...Object.keys(truth.faults[0] ?? {})])
        expect(named).toContain(field);
      expect(truth.faults).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
