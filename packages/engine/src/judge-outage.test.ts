import { describe, expect, it } from 'vitest';
import { minutes } from './instant.ts';
import { judgeOutage } from './judge-outage.ts';
import { defaultPolicy } from './policy.ts';

const judge = (facts: Partial<Parameters<typeof judgeOutage>[0]>) =>
  judgeOutage({ startedAt: 0, endedAt: null, metersBack: 0, ...facts }, defaultPolicy);

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
