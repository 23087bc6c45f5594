import { isLive, type StoredApiKey } from '../store/queries/keys/api-key-row.ts';
import { findApiKey } from '../store/queries/keys/find-api-key.ts';
import { touchApiKey } from '../store/queries/keys/touch-api-key.ts';
import type { Queryable } from '../store/queries/queryable.ts';
import { matchesSecret, parseApiKey } from './api-key.ts';

/** Who a request comes from, once its key was found good. */
export interface KeyHolder {
  readonly keyId: string;
  readonly name: string;
  readonly scopes: readonly string[];
}

export interface KeyRingOptions {
  /** Told of what fails beside the request: the note of when a key was last used. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds that do not run backwards. */
  readonly now?: () => number;
}

// A revoked key must be refused within 60 s everywhere (reliability.md item 7), also on open streams.
const REMEMBER_MS = 15_000;
// Ids are guessed by strangers too: an unbounded memory of wrong ones would be theirs to fill.
const MOST_REMEMBERED = 1000;

/**
 * The keys of one process: looks them up in the database and remembers each answer, good or bad, for 15 seconds.
 */
export class KeyRing {
  readonly #database: Queryable;
  readonly #options: KeyRingOptions;
  readonly #now: () => number;
  readonly #remembered = new Map<string, { readonly key: StoredApiKey | null; readonly until: number }>();
  readonly #touchedAt = new Map<string, number>();

  constructor(database: Queryable, options: KeyRingOptions) {
    this.#database = database;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** The holder of the key as sent, or null where it is malformed, unknown, expired or revoked. */
  async identify(sentKey: string): Promise<KeyHolder | null> {
    const sent = parseApiKey(sentKey);
    if (sent === null) return null;
    const stored = await this.#lookUp(sent.keyId);
    if (stored === null || !matchesSecret(sent.secret, stored.secretSha256)) return null;
    if (!isLive(stored, new Date())) return null;
    this.#touch(stored.keyId);
    return { keyId: stored.keyId, name: stored.name, scopes: stored.scopes };
  }

  async #lookUp(keyId: string): Promise<StoredApiKey | null> {
    const remembered = this.#remembered.get(keyId);
    if (remembered !== undefined && remembered.until > this.#now()) return remembered.key;
    const key = await findApiKey(this.#database, keyId);
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(keyId, { key, until: this.#now() + REMEMBER_MS });
    return key;
  }

  #touch(keyId: string): void {
    const touchedAt = this.#touchedAt.get(keyId);
    if (touchedAt !== undefined && this.#now() - touchedAt < 60_000) return;
    this.#touchedAt.set(keyId, this.#now());
    touchApiKey(this.#database, keyId).catch(this.#options.onError);
  }
}
