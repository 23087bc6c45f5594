import { formatApiKey, generateApiKey, hashSecret } from '../src/access/api-key.ts';
import type { KeyScope } from '../src/access/scopes.ts';
import { insertApiKey } from '../src/store/queries/keys/insert-api-key.ts';
import type { TestDatabase } from './test-database.ts';

/** A new key for `scopes`, with its secret and the text that is sent; it ends after `lifetimeSeconds`, or never. */
export async function makeKey(
  database: TestDatabase,
  scopes: readonly KeyScope[],
  lifetimeSeconds: number | null = null,
) {
  const key = generateApiKey();
  await insertApiKey(database.pool, {
    keyId: key.keyId,
    name: scopes.join(' '),
    scopes,
    secretSha256: hashSecret(key.secret),
    lifetimeSeconds,
  });
  return { keyId: key.keyId, secret: key.secret, sent: formatApiKey(key) };
}
