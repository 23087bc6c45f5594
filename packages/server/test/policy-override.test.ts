import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPolicy } from '@lastgasp/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitCorrelated } from '../src/correlate/await-correlated.ts';
import { policyVersion } from '../src/correlate/policy-version.ts';
import { readPolicy } from '../src/read-policy.ts';
import { receive } from './correlation-story.ts';
import { scadaAlarm, scadaRestoration } from './messages.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastgasp-policy-'));
  database = await createTestDatabase();
  await seedSmallNetwork(database.pool);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await database.drop();
});

async function writePolicy(text: string): Promise<string> {
  const file = join(folder, 'policy.json');
  await writeFile(file, text);
  return file;
}

describe('LASTGASP_POLICY', () => {
  it('is the start policy where no file is named', async () => {
    expect(await readPolicy(null)).toBe(defaultPolicy);
  });

  it('is refused with the file and every fault', async () => {
    await expect(readPolicy(join(folder, 'none.json'))).rejects.toThrow(/none\.json cannot be read as JSON/);
    await expect(readPolicy(await writePolicy('{"tracking"'))).rejects.toThrow('cannot be read as JSON');
    await expect(
      readPolicy(await writePolicy('{"momentaryLimitMinutes": 0, "tracking": {"showFrom": 50}}')),
    ).rejects.toThrow(
      'cannot be used: momentaryLimitMinutes must be above 0; tracking.showFrom must be a probability above 0 and below 1',
    );
  });

  it('decides by its numbers, and each decision names them', async () => {
    const policy = await readPolicy(await writePolicy('{"momentaryLimitMinutes": 20}'));
    const feeder = { feederId: 'F20', substationId: '4B' };
    await receive(database.pool, [
      {
        provider: 'scada',
        receivedAt: '2026-11-23T10:00:01Z',
        body: scadaAlarm('2026-11-23T10:00:00Z', feeder),
      },
      {
        provider: 'scada',
        receivedAt: '2026-11-23T10:15:01Z',
        body: scadaRestoration('2026-11-23T10:15:00Z', feeder),
      },
    ]);
    await awaitCorrelated(database, policy);
    const { rows } = await database.pool.query(
      `select o.status, o.momentary, d.policy_version, p.policy
       from oms_outage_events o
       join oms_outage_decisions d on d.outage_event_id = o.id
       join oms_policies p on p.version = d.policy_version
       order by d.id desc limit 1`,
    );
    expect(rows).toMatchObject([
      {
        status: 'restored',
        momentary: true,
        policy_version: policyVersion(policy),
        policy: { momentaryLimitMinutes: 20 },
      },
    ]);
    expect(policyVersion(policy)).not.toBe(policyVersion(defaultPolicy));
  });
});
