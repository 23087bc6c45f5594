import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../src/cli.ts';
import { readPage, tableRows } from './markdown-blocks.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const SERVER = join(REPOSITORY, 'packages/server/src');
const PAGES = ['docs', 'docs/decisions', '.'].flatMap((folder) =>
  readdirSync(join(REPOSITORY, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

const page = await readPage('docs/architecture.md');

describe('the folders of docs/architecture.md', () => {
  const folders = tableRows(page, 'folder').map(([name = '']) => name.replaceAll('`', ''));

  test('are those of the server', () => {
    const present = readdirSync(SERVER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.toSorted()).toEqual(present.map(({ name }) => name).toSorted());
  });

  test('import only from folders below them', () => {
    const wrong = sourcesBelow(SERVER).flatMap((file) => {
      const from = folders.indexOf(relative(SERVER, file).split('/')[0] as string);
      if (from < 0) return [];
      return importsOf(file)
        .filter((path) => path.startsWith('.'))
        .map((path) => relative(SERVER, join(dirname(file), path)))
        .filter((target) => {
          const to = folders.indexOf(target.split('/')[0] as string);
          return to >= 0 && to < from;
        })
        .map((target) => `${relative(SERVER, file)} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  test('packages import of ours only what the page says', () => {
    const wrong = tableRows(page, 'package').flatMap(([name = '', , imports = '']) => {
      const allowed = [...imports.matchAll(/model|engine/g)].map(([word]) => `@lastgasp/${word}`);
      return sourcesBelow(join(REPOSITORY, name.replaceAll('`', ''), 'src')).flatMap((file) =>
        importsOf(file)
          .filter((path) => path.startsWith('@lastgasp/'))
          .filter((path) => !allowed.some((name) => path === name || path.startsWith(`${name}/`)))
          .map((path) => `${relative(REPOSITORY, file)} imports ${path}`),
      );
    });
    expect(wrong).toEqual([]);
  });
});

test.for(PAGES.map((path) => [path] as const))('links and paths of %s lead somewhere', async ([path]) => {
  const text = (await readPage(path)).replaceAll(/^```.*?^```/gms, '');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link as string);
  const gone = links
    .filter((link) => !/^(https?:|mailto:|#)/.test(link))
    .filter((link) => !existsSync(join(REPOSITORY, dirname(path), link.split('#')[0] as string)));
  const named = [...text.matchAll(/`((?:packages|sql|docs|examples|scripts|bench|\.ci)\/[\w./-]+)`/g)];
  const missing = named
    .map(([, name]) => name as string)
    .filter((name) => !existsSync(join(REPOSITORY, name)));
  expect([...gone, ...missing]).toEqual([]);
});

test.for(PAGES.map((path) => [path] as const))('commands that %s names are there', async ([path]) => {
  const text = await readPage(path);
  const { scripts } = JSON.parse(await readPage('package.json')) as { scripts: Record<string, string> };
  const commands = [...text.matchAll(/(?:npx |`)lastgasp ([a-z-]+)/g)].map(([, name]) => name as string);
  const npm = [...text.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, name]) => name as string);
  expect(commands.filter((name) => !existsSync(join(SERVER, 'commands', `${name}.ts`)))).toEqual([]);
  expect(commands.filter((name) => !Object.hasOwn(COMMANDS, name))).toEqual([]);
  expect(npm.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});

function sourcesBelow(folder: string): readonly string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ts$/.test(name) && !/\.test\.ts$|\.d\.ts$|(^|\/)testing\//.test(name))
    .map((name) => join(folder, name));
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:\bfrom |\bimport\()'([^']+)'/g)].map(([, path]) => path as string);
}
