import { execFile } from 'node:child_process';
import { mkdir, open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Room for a new cluster, its log and a drill. */
const SIZE = '400m';
const FILLER = 'filler';
const CHUNK = Buffer.alloc(1024 * 1024, 1);

/** A disk in memory that can be filled: Linux, and only root may make one. */
export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async mount(folder: string): Promise<SmallDisk> {
    await mkdir(folder, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=755`, 'tmpfs', folder]);
    return new SmallDisk(folder);
  }

  /** Writes until nothing more can be written. Gives how many bytes are free then. */
  async fill(): Promise<number> {
    const file = await open(join(this.folder, FILLER), 'a');
    try {
      for (let chunk = CHUNK; ; ) {
        try {
          await file.write(chunk);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          if (chunk.byteLength === 1) break;
          chunk = chunk.subarray(0, Math.max(1, chunk.byteLength >> 2));
        }
      }
    } finally {
      await file.close();
    }
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }

  async free(): Promise<void> {
    await rm(join(this.folder, FILLER), { force: true });
  }

  async unmount(): Promise<void> {
    await run('umount', [this.folder]);
  }
}

/** Why no such disk can be made here; null where it can. */
export async function whyNoSmallDisk(): Promise<string | null> {
  if (process.platform !== 'linux') return 'a small disk in memory is made on Linux only';
  return process.getuid?.() === 0 ? null : 'only root may mount a small disk';
}
