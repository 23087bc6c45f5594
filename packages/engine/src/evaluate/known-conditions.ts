import type { Instant } from '../instant.ts';
import type { DeviceRecord } from '../network.ts';
import type { Storm } from '../simulate/simulate-storm.ts';
import type { SiteConditions } from '../track/site-conditions.ts';

/** What is known of a storm beside its messages at an instant: announced work, and silences that somebody has noted. */
export function knownConditions({ site, plan, conditions }: Storm, now: Instant): SiteConditions {
  const works = plan.faults.flatMap(({ target, announced }) =>
    announced === undefined || target.kind === 'service'
      ? []
      : [
          {
            deviceKey: (site.network.devices[target.device] as DeviceRecord).key,
            startsAt: announced.from,
            endsAt: announced.to,
          },
        ],
  );
  const providers = conditions.silences
    .filter(({ notedAt }) => notedAt <= now)
    .map(({ source, times, overNotedAt }) => ({
      source,
      condition: 'silent' as const,
      startsAt: times.from,
      endsAt: overNotedAt <= now ? times.to : null,
      lagSeconds: null,
    }));
  return { works, providers };
}
