import { joinPath } from './reject.ts';

interface Container {
  readonly path: string;
  /** Keys seen in an object; null for an array. */
  readonly keys: Set<string> | null;
  /** The object's current key, or the array's current index. */
  at: string | number;
}

/** One token that matters here: a string, or one of the structural characters. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/gs;

/**
 * Path of the first key that an object of a JSON text holds twice; null when there is none. `text` must be JSON that
 * parses, nested no deeper than `MAX_JSON_DEPTH`. Slow beside JSON.parse: it is for naming a fault already known of.
 */
export function findDuplicateKey(text: string): string | null {
  const open: Container[] = [];
  let keyExpected = false;
  for (const [token] of text.matchAll(TOKEN)) {
    const here = open.at(-1);
    if (token === '{' || token === '[') {
      open.push({ path: pathOf(here), keys: token === '{' ? new Set() : null, at: 0 });
      keyExpected = token === '{';
    } else if (token === '}' || token === ']') {
      open.pop();
      keyExpected = false;
    } else if (token === ',') {
      if (here?.keys === null) here.at = Number(here.at) + 1;
      else keyExpected = true;
    } else if (keyExpected && here?.keys) {
      const key = String(JSON.parse(token));
      if (here.keys.has(key)) return joinPath(here.path, key);
      here.keys.add(key);
      here.at = key;
      keyExpected = false;
    }
  }
  return null;
}

function pathOf(container: Container | undefined): string {
  if (container === undefined) return '';
  return container.keys === null
    ? `${container.path}[${container.at}]`
    : joinPath(container.path, container.at.toString());
}
