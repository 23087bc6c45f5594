import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Instant } from '@lastgasp/engine';
import {
  planScenario,
  type Scenario,
  type Storm,
  type StormTruth,
  simulateStorm,
  stormTruth,
} from '@lastgasp/engine/simulate';
import { messageComposer } from '../simulation/compose-message.ts';
import type { BundleSite } from '../simulation/read-bundle-site.ts';

/** A storm on a network bundle: what the providers would have sent, and what really happened. */
export interface RecordedStorm {
  readonly storm: Storm;
  readonly truth: StormTruth;
  /** The lines of a file of recorded events, in order of receipt; made anew at each call. */
  readonly lines: () => Iterable<string>;
}

/** Plays a scenario on a network bundle; the same arguments give the same bytes. Null where the network has no place for it. */
export function simulateRecording(
  bundle: BundleSite,
  scenario: Pick<Scenario, 'name' | 'minutes' | 'behaviour' | 'plan'>,
  seed: number,
  startAt?: Instant,
): RecordedStorm | null {
  const planned = planScenario(scenario, bundle.site, seed, startAt);
  if (planned === null) return null;
  const storm = simulateStorm(bundle.site, { ...planned, behaviour: scenario.behaviour, seed });
  const truth = stormTruth(storm, { scenario: scenario.name, network: bundle.name });
  return { storm, truth, lines: () => recordedLines(bundle, storm, `${scenario.name}-${seed}`) };
}

function* recordedLines(bundle: BundleSite, storm: Storm, mark: string): Generator<string> {
  const compose = messageComposer(bundle, mark);
  for (const message of storm.messages) {
    const { provider, contentType, body } = compose(message);
    yield JSON.stringify({
      receivedAt: new Date(message.receivedAt / 1_000).toISOString(),
      source: provider,
      body: contentType === 'application/json' && !message.isBroken ? JSON.parse(body) : body,
    });
  }
}

/** Writes `events.ndjson` and `truth.json` to `folder`, which is made where it is missing; files of these names are replaced. */
export async function writeRecordedStorm({ truth, lines }: RecordedStorm, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const stream = createWriteStream(join(folder, 'events.ndjson'));
  for (const line of lines()) if (!stream.write(`${line}\n`)) await once(stream, 'drain');
  stream.end();
  await finished(stream);
  await writeFile(join(folder, 'truth.json'), `${JSON.stringify(truth, null, 1)}\n`);
}
