import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureKafkaJars } from './kafka-jars.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastgasp-jars-'));
  await mkdir(join(folder, 'jars-4.2.1'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a folder that holds other jars than those named is refused', async () => {
  await writeFile(join(folder, 'jars-4.2.1/kafka_2.13-4.2.1.jar'), 'not Kafka');
  await writeFile(join(folder, 'jars-4.2.1/extra.jar'), 'not Kafka');
  await expect(ensureKafkaJars(folder, () => undefined)).rejects.toThrow(
    /extra\.jar.*kafka-clients-4\.2\.1\.jar/,
  );
});
