import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';

/** Why a file that was named on the command line cannot be read, as a sentence that names it; null where it can. */
export async function findFileFault(path: string): Promise<string | null> {
  try {
    if ((await stat(path)).isDirectory()) return `${path} is a folder, not a file`;
    await access(path, constants.R_OK);
    return null;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    switch (code) {
      case 'ENOENT':
      case 'ENOTDIR':
        return `there is no file ${path}`;
      case 'EACCES':
      case 'EPERM':
        return `${path} may not be read by this user`;
      default:
        return `${path} cannot be opened (${code ?? String(error)})`;
    }
  }
}
