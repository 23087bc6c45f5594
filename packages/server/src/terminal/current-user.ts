import { userInfo } from 'node:os';

/** Whose account this process runs in; its number in a container that has no name for it. */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
