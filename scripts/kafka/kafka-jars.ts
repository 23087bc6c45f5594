import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const OLDEST_JAVA = 17;
const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** Why no broker can be started on this machine; null where one can. */
export async function whyNoBroker(): Promise<string | null> {
  const java = await readJavaVersion();
  if (java === null) return 'there is no java on PATH';
  if (java < OLDEST_JAVA) return `java is version ${java}, and Kafka 4 needs ${OLDEST_JAVA}`;
  const maven = await run('mvn', ['--version']).then(
    () => true,
    () => false,
  );
  return maven ? null : 'there is no Maven (mvn) on PATH to fetch Kafka with';
}

async function readJavaVersion(): Promise<number | null> {
  // It says so on standard error.
  const said = await run('java', ['-version']).catch(() => null);
  const version = /version "(\d+)/.exec(said?.stderr ?? '')?.[1];
  return version === undefined ? null : Number(version);
}

/**
 * The folder with Kafka's jars below `folder`, fetched from Maven Central where they are not there yet. Throws where a jar is not
 * the one that `jars.sha256` names, where one is missing, and where there is one too many.
 */
export async function ensureKafkaJars(folder: string, tell: (text: string) => void): Promise<string> {
  const checksums = await readChecksums();
  const jars = join(folder, `jars-${kafkaVersion(checksums)}`);
  await mkdir(folder, { recursive: true });
  const present = await readdir(jars).catch(() => null);
  if (present === null) {
    tell('fetching Apache Kafka from Maven Central, once (43 MB)');
    // Whole or not at all, also where two do it at once.
    const draft = await mkdtemp(join(folder, 'fetch-'));
    try {
      await fetchJars(draft);
      await checkJars(join(draft, 'jars'), checksums);
      await rename(join(draft, 'jars'), jars).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
  await checkJars(jars, checksums);
  return jars;
}

async function fetchJars(draft: string): Promise<void> {
  await cp(join(import.meta.dirname, 'pom.xml'), join(draft, 'pom.xml'));
  const output = `-DoutputDirectory=${join(draft, 'jars')}`;
  try {
    await run('mvn', ['-B', '-q', '-C', COPY_DEPENDENCIES, output, '-DincludeScope=runtime'], {
      cwd: draft,
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    throw new Error(`Maven could not fetch Kafka:\n${`${stdout}${stderr}`.slice(-2000)}`, { cause });
  }
}

async function checkJars(folder: string, checksums: ReadonlyMap<string, string>): Promise<void> {
  const names = (await readdir(folder)).toSorted();
  const wanted = [...checksums.keys()].toSorted();
  if (names.join() !== wanted.join()) {
    const odd = [
      ...names.filter((name) => !checksums.has(name)),
      ...wanted.filter((name) => !names.includes(name)),
    ];
    throw new Error(`${folder} does not hold the jars of jars.sha256: ${odd.join(', ')}`);
  }
  for (const [name, checksum] of checksums) {
    const found = createHash('sha256')
      .update(await readFile(join(folder, name)))
      .digest('hex');
    if (found !== checksum) throw new Error(`${join(folder, name)} is not the jar that jars.sha256 names`);
  }
}

/** SHA-256 of each jar, by its name. */
async function readChecksums(): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(import.meta.dirname, 'jars.sha256'), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}

function kafkaVersion(checksums: ReadonlyMap<string, string>): string {
  const version = [...checksums.keys()].flatMap((name) => /^kafka_2\.13-(.+)\.jar$/.exec(name)?.[1] ?? [])[0];
  if (version === undefined) throw new Error('jars.sha256 names no jar of Kafka');
  return version;
}
