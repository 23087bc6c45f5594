import { existsSync, readFileSync } from 'node:fs';

/** One input of a public test suite. */
export interface CorpusCase {
  readonly id: string;
  /** What the suite expects of a parser; absent where it only collects inputs. */
  readonly expect?: string;
  readonly format?: string;
  readonly bytes: Buffer;
  readonly text: string;
}

/** What a skipped test says. */
export const NO_CORPORA =
  'the corpora of bad input are not on this machine (../shared/corpora beside the project)';

/** The cases of a corpus beside the project, or null where it is not there: such a test skips with `NO_CORPORA`. */
export function corpusCases(name: string): readonly CorpusCase[] | null {
  const file = new URL(`../../../../../../shared/corpora/cases/${name}.jsonl`, import.meta.url);
  if (!existsSync(file)) return null;
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { s, b64, ...rest } = JSON.parse(line) as { id: string; s?: string; b64?: string };
      const bytes = b64 === undefined ? Buffer.from(s ?? '') : Buffer.from(b64, 'base64');
      return { ...rest, bytes, text: s ?? bytes.toString() };
    });
}
