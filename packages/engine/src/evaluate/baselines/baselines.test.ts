import type { EvidenceKind } from '@lastgasp/model';
import { describe, expect, it } from 'vitest';
import { minutes } from '../../instant.ts';
import { defaultPolicy } from '../../policy.ts';
import type { EvidenceRecord } from '../../simulate/evidence-record.ts';
import { deviceAt, meterAt, SiteBuilder } from '../../simulate/testing/site-builder.ts';
import type { EstimatorDefinition } from '../outage-estimator.ts';
import { callsBelowTransformer } from './calls-below-transformer.ts';
import { lowestCommonAncestor } from './lowest-common-ancestor.ts';
import { shareThreshold } from './share-threshold.ts';

/** A breaker over a line with two fuses; FU1 has T1 and T2 of four meters each, FU2 has T3 of four and T4 of two. */
const site = new SiteBuilder()
  .substation('S')
  .device('CB', 'breaker')
  .device('LINE', 'line')
  .device('FU1', 'fuse')
  .device('T1')
  .meters(4)
  .device('T2', 'transformer', { below: 'FU1' })
  .meters(4)
  .device('FU2', 'fuse', { below: 'LINE' })
  .device('T3')
  .meters(4)
  .device('T4', 'transformer', { below: 'FU2' })
  .meters(2)
  .build();

/** What was said, as `[kind, meter number or device code, minute]`. */
type Said = readonly [kind: EvidenceKind, about: string, minute: number];

function evidence(said: readonly Said[]): readonly EvidenceRecord[] {
  return said.map(([kind, about, minute], index) => {
    const isMeter = about.startsWith('M');
    return {
      key: index + 1,
      kind,
      eventAt: minutes(minute),
      receivedAt: minutes(minute),
      source: { type: isMeter ? 'kaifa' : 'scada', eventKey: index + 1 },
      meterKey: isMeter ? (site.network.meterKey[meterAt(site, about)] as number) : null,
      deviceKey: isMeter ? null : (site.network.devices[deviceAt(site, about)]?.key as number),
    };
  });
}

/** Codes or numbers of what the rule holds to be out once all of it was said. */
function openAfter(definition: EstimatorDefinition, said: readonly Said[]): readonly string[] {
  const estimator = definition.create(site, defaultPolicy);
  estimator.take(evidence(said));
  estimator.advance(minutes(30));
  return estimator
    .openOutages()
    .map(({ target }) =>
      target.kind === 'service'
        ? (site.meters.number[target.meter] as string)
        : (site.network.devices[target.device]?.code as string),
    );
}
const gasps = (numbers: readonly string[], minute = 1): readonly Said[] =>
  numbers.map((number) => ['power_off', number, minute]);
const calls = (numbers: readonly string[]): readonly Said[] =>
  numbers.map((number) => ['no_supply_call', number, 5]);

describe('the lowest common ancestor', () => {
  const open = (said: readonly Said[]) => openAfter(lowestCommonAncestor, said);

  it('is the transformer of two of its meters, the fuse of two transformers, and never a line', () => {
    expect(open(gasps(['M1', 'M3']))).toEqual(['T1']);
    expect(open(gasps(['M1', 'M8']))).toEqual(['FU1']);
    expect(open(gasps(['M1', 'M9']))).toEqual(['CB']);
  });

  it('of one meter is its service', () => {
    expect(open(gasps(['M6']))).toEqual(['M6']);
  });

  it('takes two faults at once for the breaker, and two apart in time for two', () => {
    expect(open([...gasps(['M1', 'M2'], 1), ...gasps(['M13', 'M14'], 2)])).toEqual(['CB']);
    expect(open([...gasps(['M1', 'M2'], 1), ...gasps(['M13', 'M14'], 15)])).toEqual(['T1', 'T4']);
  });

  it('forgets a meter that was heard of since, whatever came first', () => {
    expect(open([...gasps(['M1', 'M3']), ['power_on', 'M3', 4]])).toEqual(['M1']);
    expect(open([['power_on', 'M3', 4], ...gasps(['M1', 'M3'])])).toEqual(['M1']);
  });
});

describe('a share of the meters', () => {
  const open = (said: readonly Said[], share = 0.5) => openAfter(shareThreshold(share), said);

  it('opens a transformer that reaches it, and not one that does not', () => {
    expect(open(gasps(['M1', 'M2']))).toEqual(['T1']);
    expect(open(gasps(['M1']))).toEqual([]);
    expect(open(gasps(['M1']), 0.1)).toEqual(['T1']);
  });

  it('rolls two transformers up to their fuse, and one alone never', () => {
    expect(open(gasps(['M1', 'M2', 'M5', 'M6']))).toEqual(['FU1']);
    expect(open(gasps(['M9', 'M10', 'M11', 'M12']))).toEqual(['T3']);
  });

  it('rolls up to the breaker when half of all meters gasped', () => {
    expect(open(gasps(['M1', 'M2', 'M5', 'M6', 'M9', 'M10', 'M13']))).toEqual(['CB']);
    expect(open(gasps(['M1', 'M2', 'M5', 'M6', 'M13']))).toEqual(['FU1', 'T4']);
  });
});

describe('calls below a transformer', () => {
  const open = (said: readonly Said[]) => openAfter(callsBelowTransformer, said);

  it('open it from the second caller on, and gasps say nothing', () => {
    expect(open(calls(['M1']))).toEqual([]);
    expect(open([...calls(['M1']), ...calls(['M1'])])).toEqual([]);
    expect(open(calls(['M1', 'M2']))).toEqual(['T1']);
    expect(open(gasps(['M1', 'M2']))).toEqual([]);
  });

  it('open the fuse when both of its transformers are out', () => {
    expect(open(calls(['M1', 'M2', 'M5', 'M6']))).toEqual(['FU1']);
  });
});

describe('every rule of products', () => {
  const rules = [lowestCommonAncestor, shareThreshold(0.5), callsBelowTransformer];

  it('believes telemetry at its word until it says otherwise', () => {
    for (const rule of rules) {
      expect(openAfter(rule, [['switch_open', 'CB', 1]])).toEqual(['CB']);
      expect(openAfter(rule, [['switch_open', 'CB', 1], ...gasps(['M1', 'M2'])])).toEqual(['CB']);
      const closed: Said[] = [['switch_open', 'CB', 1], ...gasps(['M1', 'M2']), ['switch_closed', 'CB', 9]];
      expect(openAfter(rule, closed)).toEqual([]);
      expect(
        openAfter(rule, [
          ['switch_closed', 'CB', 9],
          ['switch_open', 'CB', 1],
        ]),
      ).toEqual([]);
    }
  });

  it('keeps what has ended, with its start, its end, and whether it was momentary', () => {
    const estimator = shareThreshold(0.5).create(site, defaultPolicy);
    estimator.take(evidence(gasps(['M1', 'M2'], 2)));
    estimator.advance(minutes(3));
    const [open] = estimator.openOutages();
    expect(open).toMatchObject({
      startedAt: minutes(2),
      detectedAt: minutes(3),
      endedAt: null,
      customersOut: 4,
      confidence: 1,
    });
    expect([...(open?.meters() ?? [])]).toEqual([0, 1, 2, 3]);
    estimator.take(evidence([['power_on', 'M1', 5]]));
    estimator.advance(minutes(6));
    expect(estimator.openOutages()).toEqual([]);
    expect(estimator.endedOutages()).toMatchObject([{ endedAt: minutes(6), isMomentary: true }]);
  });
});
