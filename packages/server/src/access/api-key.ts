import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/** The two parts of a key: the id that lists and logs show, and the secret that only its holder has. */
export interface ApiKey {
  readonly keyId: string;
  readonly secret: string;
}

const ID_LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
const ID_LENGTH = 12;
const SECRET_BYTES = 32;
const KEY_FORM = new RegExp(`^lgk_([${ID_LETTERS}]{${ID_LENGTH}})_([A-Za-z0-9_-]{43})$`);

/** A new key of 256 random bits; its id has no letters that are mistaken for others when read out. */
export function generateApiKey(): ApiKey {
  const keyId = Array.from({ length: ID_LENGTH }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join('');
  return { keyId, secret: randomBytes(SECRET_BYTES).toString('base64url') };
}

/** The key as it is handed out: `lgk_<id>_<secret>`. */
export function formatApiKey(key: ApiKey): string {
  return `lgk_${key.keyId}_${key.secret}`;
}

/** The parts of a key as sent, or null where it has another form. */
export function parseApiKey(text: string): ApiKey | null {
  const match = KEY_FORM.exec(text);
  return match === null ? null : { keyId: match[1] as string, secret: match[2] as string };
}

/** What is kept of a secret. One round of SHA-256 is enough for 256 random bits: there is nothing to guess. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Whether `secret` is the one that `hash` was made of, in a time that does not depend on where they differ. */
export function matchesSecret(secret: string, hash: Uint8Array): boolean {
  const sent = hashSecret(secret);
  return sent.length === hash.length && timingSafeEqual(sent, hash);
}
