import { describe, expect, it } from 'vitest';
import { minutes } from './instant.ts';
import { confidenceOf, judgeOutage } from './judge-outage.ts';
import { defaultPolicy } from './policy.ts';

const judge = (facts: Partial<Parameters<typeof judgeOutage>[0]>) =>
  judgeOutage(
    { startedAt: 0, endedAt: null, metersBack: 0, supportingSources: ['scada'], ...facts },
    defaultPolicy,
  );

describe('judgeOutage', () => {
  it('is detected while everyone is out, partially restored once one meter is back, restored when its device closed', () => {
    expect(judge({}).status).toBe('detected');
    expect(judge({ metersBack: 1 }).status).toBe('partially_restored');
    expect(judge({ endedAt: minutes(60) }).status).toBe('restored');
  });

  it('is momentary up to five minutes', () => {
    expect(judge({ endedAt: minutes(5) }).isMomentary).toBe(true);
    expect(judge({ endedAt: minutes(5) + 1 }).isMomentary).toBe(false);
    expect(judge({}).isMomentary).toBe(false);
  });
});

describe('confidenceOf', () => {
  it('grows with each further kind of source, not with messages of the same one', () => {
    expect(confidenceOf([], defaultPolicy)).toBe(0);
    expect(confidenceOf(['scada'], defaultPolicy)).toBe(0.95);
    expect(confidenceOf(['scada', 'scada'], defaultPolicy)).toBe(0.95);
    // 1 - 0.05 * 0.20
    expect(confidenceOf(['scada', 'kaifa'], defaultPolicy)).toBe(0.99);
    // 1 - 0.05 * 0.20 * 0.40 * 0.60
    expect(confidenceOf(['call_center', 'onu', 'kaifa', 'scada'], defaultPolicy)).toBe(0.9976);
    expect(confidenceOf(['system'], defaultPolicy)).toBe(0);
  });
});
