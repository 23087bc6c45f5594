import { describe, expect, it } from 'vitest';
import { overridePolicy } from './override-policy.ts';
import { defaultPolicy } from './policy.ts';

const faultsOf = (overrides: unknown): string[] => {
  const result = overridePolicy(defaultPolicy, overrides);
  return result.ok ? [] : result.error.map(({ path, reason }) => `${path} ${reason}`);
};

describe('an override of the policy', () => {
  it('replaces what it names and leaves the rest', () => {
    const result = overridePolicy(defaultPolicy, {
      momentaryLimitMinutes: 3,
      tracking: { falseGasp: 1e-4, openPriors: { fuse: 2e-3 }, gaspLatencySeconds: [10, 40] },
    });
    expect(result).toEqual({
      ok: true,
      value: {
        ...defaultPolicy,
        momentaryLimitMinutes: 3,
        tracking: {
          ...defaultPolicy.tracking,
          falseGasp: 1e-4,
          openPriors: { ...defaultPolicy.tracking.openPriors, fuse: 2e-3 },
          gaspLatencySeconds: [10, 40],
        },
      },
    });
    expect(overridePolicy(defaultPolicy, {})).toEqual({ ok: true, value: defaultPolicy });
    expect(overridePolicy(defaultPolicy, defaultPolicy)).toEqual({ ok: true, value: defaultPolicy });
  });

  it('replaces a list as a whole', () => {
    const terminalDelivery = [
      { gasp: 0, restore: 0, weight: 0.25 },
      { gasp: 0.7, restore: 0.9, weight: 0.75 },
    ];
    const result = overridePolicy(defaultPolicy, { tracking: { terminalDelivery } });
    expect(result.ok && result.value.tracking.terminalDelivery).toEqual(terminalDelivery);
  });

  it.each([
    ['the policy must be an object', []],
    ['tracking.falsGasp is not a number of the policy', { tracking: { falsGasp: 0.1 } }],
    ['tracking.falseGasp must be a number', { tracking: { falseGasp: '0.1' } }],
    ['tracking.falseGasp must be a probability above 0 and below 1', { tracking: { falseGasp: 0 } }],
    ['tracking.showFrom must be a probability above 0 and below 1', { tracking: { showFrom: 50 } }],
    [
      'tracking.openPriors.line must be a probability from 0 and below 1',
      { tracking: { openPriors: { line: 1 } } },
    ],
    ['tracking.holdOffSeconds must be above 0', { tracking: { holdOffSeconds: -1 } }],
    ['tracking.pingsPerIncident must be a whole number from 1', { tracking: { pingsPerIncident: 1.5 } }],
    [
      'tracking.gaspLatencySeconds must be two numbers, the first below the last',
      { tracking: { gaspLatencySeconds: [80, 28] } },
    ],
    ['tracking.callShares must be a list that is not empty', { tracking: { callShares: [] } }],
    [
      'tracking.callShares has weights that sum to 0.5, not 1',
      { tracking: { callShares: [{ share: 0.1, weight: 0.5 }] } },
    ],
    ['tracking.callShares.0.share is missing', { tracking: { callShares: [{ weight: 1 }] } }],
    [
      'futureSkewLimitMinutes is fixed: oms_clock_suspect in the database has the same number',
      { futureSkewLimitMinutes: 20 },
    ],
    ['providers.learnDays must be at most 35: the database keeps no more', { providers: { learnDays: 60 } }],
    ['providers.silenceFactor must be above 0', { providers: { silenceFactor: 0 } }],
    ['providers.fewestDelays must be a whole number from 1', { providers: { fewestDelays: 2.5 } }],
  ])('is refused: %s', (fault, overrides) => {
    expect(faultsOf(overrides)).toEqual([fault]);
  });

  it('names every fault at once', () => {
    expect(faultsOf({ momentaryLimitMinutes: 0, tracking: { falseGasp: 2, unknown: 1 } })).toHaveLength(3);
  });
});
