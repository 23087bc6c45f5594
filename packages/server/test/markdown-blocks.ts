import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A fenced block of a Markdown page. */
export interface MarkdownBlock {
  readonly language: string;
  readonly text: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** The heading that it stands below, without its marks. */
  readonly heading: string;
  /** True where nothing but blank lines stands between it and the block before. */
  readonly followsDirectly: boolean;
}

const REPOSITORY = new URL('../../../', import.meta.url);

/** The text of a file of the repository. */
export function readPage(path: string): Promise<string> {
  return readFile(fileURLToPath(new URL(path, REPOSITORY)), 'utf8');
}

/** The fenced blocks of a page, in order. Throws for a fence that is never closed. */
export function markdownBlocks(page: string): readonly MarkdownBlock[] {
  const blocks: MarkdownBlock[] = [];
  let heading = '';
  let isDirect = false;
  let open: { readonly language: string; readonly line: number; readonly lines: string[] } | null = null;
  for (const [index, line] of page.split('\n').entries()) {
    if (open !== null) {
      if (line.trimEnd() !== '```') {
        open.lines.push(line);
        continue;
      }
      const { language, lines } = open;
      blocks.push({
        language,
        text: lines.join('\n'),
        line: open.line,
        heading,
        followsDirectly: isDirect,
      });
      open = null;
      isDirect = true;
    } else if (line.startsWith('```')) {
      open = { language: line.slice(3).trim(), line: index + 1, lines: [] };
    } else if (line.trim() !== '') {
      isDirect = false;
      heading = /^#+ +(.*)$/.exec(line)?.[1] ?? heading;
    }
  }
  if (open !== null) throw new Error(`the block of line ${open.line} is never closed`);
  return blocks;
}

/** The cells of the table whose first head cell is `head`. Throws where the page has none. */
export function tableRows(page: string, head: string): readonly (readonly string[])[] {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  if (start < 0) throw new Error(`no table begins with ${head}`);
  const rows: string[][] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  }
  return rows;
}
