import type { Command } from 'commander';
import { formatApiKey, generateApiKey, hashSecret } from '../access/api-key.ts';
import { KEY_SCOPES, type KeyScope } from '../access/scopes.ts';
import { type CommandContext, CommandFailure, type CommandModule, EXIT_CODES } from '../command-module.ts';
import { isLive, type StoredApiKey } from '../store/queries/keys/api-key-row.ts';
import { insertApiKey } from '../store/queries/keys/insert-api-key.ts';
import { listApiKeys } from '../store/queries/keys/list-api-keys.ts';
import { revokeApiKey } from '../store/queries/keys/revoke-api-key.ts';
import { rotateApiKey } from '../store/queries/keys/rotate-api-key.ts';
import { siteTimesFor } from '../terminal/format-site-time.ts';

/** `keys`: who may reach a server that other machines can reach. */
export const command: CommandModule = {
  register: (command, context) => {
    addCreate(command, context);
    addRotate(command, context);
    addRevoke(command, context);
    addList(command, context);
  },
};

function addCreate(command: Command, { openDatabase, output }: CommandContext): void {
  command
    .command('create')
    .description('makes a key and prints it, this once')
    .requiredOption('--name <name>', 'who holds it, such as "SCADA Amman North"')
    .requiredOption('--scope <scope...>', `what it reaches: ${KEY_SCOPES.join(', ')}`)
    .option('--expires <span>', 'when it ends by itself, such as 90d')
    .option('--json', 'print a JSON object')
    .action(async (options: { name: string; scope: string[]; expires?: string; json?: boolean }) => {
      const name = options.name.trim();
      if (name === '' || name.length > 100) {
        throw new CommandFailure('--name: give 1 to 100 characters', EXIT_CODES.usage);
      }
      const scopes = [...new Set(options.scope.flatMap((given) => given.split(',')).map(readScope))];
      const lifetimeSeconds = options.expires === undefined ? null : readSpan('--expires', options.expires);
      const { pool } = await openDatabase({ max: 1 });
      const key = generateApiKey();
      const stored = await insertApiKey(pool, {
        keyId: key.keyId,
        name,
        scopes,
        secretSha256: hashSecret(key.secret),
        lifetimeSeconds,
      });
      if (options.json === true) output.json({ ...toJson(stored), key: formatApiKey(key) });
      else {
        output.line(formatApiKey(key));
        output.progress('Keep it now: only its hash is stored. Sent as "Authorization: Bearer <key>".');
      }
    });
}

function addRotate(command: Command, { openDatabase, output }: CommandContext): void {
  command
    .command('rotate')
    .description('makes a successor with the same name and scopes; both work until the grace is over')
    .argument('<key id>', 'as "lastgasp keys list" shows it')
    .option('--grace <span>', 'how long the old key still works', '7d')
    .option('--expires <span>', 'when the successor ends by itself, such as 90d')
    .option('--json', 'print a JSON object')
    .action(async (keyId: string, options: { grace: string; expires?: string; json?: boolean }) => {
      const graceSeconds = readSpan('--grace', options.grace);
      const lifetimeSeconds = options.expires === undefined ? null : readSpan('--expires', options.expires);
      const { pool } = await openDatabase({ max: 1 });
      const key = generateApiKey();
      const stored = await rotateApiKey(pool, {
        oldKeyId: keyId,
        newKeyId: key.keyId,
        newSecretSha256: hashSecret(key.secret),
        graceSeconds,
        lifetimeSeconds,
      });
      if (stored === null) throw unknownKey(keyId);
      if (options.json === true) output.json({ ...toJson(stored), key: formatApiKey(key), replaces: keyId });
      else {
        output.line(formatApiKey(key));
        output.progress(`Keep it now: only its hash is stored. ${keyId} still works for ${options.grace}.`);
      }
    });
}

function addRevoke(command: Command, { openDatabase, output }: CommandContext): void {
  command
    .command('revoke')
    .description('ends a key; a running server refuses it within 15 seconds')
    .argument('<key id>', 'as "lastgasp keys list" shows it')
    .option('--json', 'print a JSON object')
    .action(async (keyId: string, options: { json?: boolean }) => {
      const { pool } = await openDatabase({ max: 1 });
      const stored = await revokeApiKey(pool, keyId);
      if (stored === null) throw unknownKey(keyId);
      if (options.json === true) output.json(toJson(stored));
      else output.line(`${keyId} is revoked.`);
    });
}

function addList(command: Command, { openDatabase, output, config }: CommandContext): void {
  command
    .command('list', { isDefault: true })
    .description('lists every key, newest first, never its secret')
    .option('--json', 'print a JSON array')
    .action(async (options: { json?: boolean }) => {
      const { pool } = await openDatabase({ max: 1 });
      const keys = (await listApiKeys(pool)).map(toJson);
      const times = siteTimesFor(output.isTerminal, config.siteTimeZone);
      output.rows(keys, {
        json: options.json,
        columns: [
          { title: 'key id', value: (key) => key.keyId },
          { title: 'name', value: (key) => key.name },
          { title: 'scopes', value: (key) => key.scopes.join(', ') },
          { title: 'state', value: (key) => key.state },
          { title: times.title('created'), value: (key) => times.format(key.createdAt) },
          { title: 'expires', value: (key) => times.format(key.expiresAt) },
          { title: 'last used', value: (key) => times.format(key.lastUsedAt) },
        ],
        whenEmpty: 'No key has been made. "lastgasp keys create" makes one.',
      });
    });
}

function toJson(key: StoredApiKey) {
  const ended = key.revokedAt === null ? 'expired' : 'revoked';
  return {
    keyId: key.keyId,
    name: key.name,
    scopes: key.scopes,
    state: isLive(key, new Date()) ? 'live' : ended,
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  };
}

function readScope(word: string): KeyScope {
  const scope = KEY_SCOPES.find((known) => known === word.trim());
  if (scope !== undefined) return scope;
  throw new CommandFailure(`"${word}" is no scope: ${KEY_SCOPES.join(', ')}`, EXIT_CODES.usage);
}

const SPAN_SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };

/** Seconds of a span such as 30m, 12h or 90d. */
function readSpan(option: string, span: string): number {
  const match = /^(\d{1,5})([mhd])$/.exec(span);
  if (match === null) {
    throw new CommandFailure(`${option} ${span}: give a span such as 30m, 12h or 90d`, EXIT_CODES.usage);
  }
  return Number(match[1]) * (SPAN_SECONDS[match[2] as string] as number);
}

function unknownKey(keyId: string): CommandFailure {
  return new CommandFailure(`There is no live key ${keyId}. "lastgasp keys list" shows every key.`);
}
