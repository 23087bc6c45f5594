import type { CommunicationStatus, OutageStatus, PowerStatus } from '@lastgasp/model';

/** What the canonical state takes of an outage; the JSON of `replay` has these fields. */
export interface CanonicalOutage {
  readonly status: OutageStatus;
  readonly device: { readonly id: string; readonly equivalent: readonly string[] };
  readonly meters: readonly string[];
  readonly customersOut: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly momentary: boolean;
  readonly replacedBy: string | null;
}

/** What the canonical state takes of a meter. */
export interface CanonicalMeter {
  readonly number: string;
  readonly powerStatus: PowerStatus;
  readonly communicationStatus: CommunicationStatus;
}

/**
 * What "the same result" means under shuffling, duplicates, batching and re-runs, as one text: outages that nothing replaced, each
 * with its class of devices, meters, customers, status and times, and the meters' states. No counters, sequence ids, time of
 * detection or lineage.
 */
export function canonicalState(outages: Iterable<CanonicalOutage>, meters: Iterable<CanonicalMeter>): string {
  const lines = Array.from(outages)
    .filter((outage) => outage.replacedBy === null)
    .map((outage) =>
      JSON.stringify({
        startedAt: outage.startedAt,
        endedAt: outage.endedAt,
        devices: [outage.device.id, ...outage.device.equivalent].sort(),
        status: outage.status,
        momentary: outage.momentary,
        customersOut: outage.customersOut,
        meters: [...outage.meters].sort(),
      }),
    );
  const states = Array.from(meters, (meter) =>
    JSON.stringify([meter.number, meter.powerStatus, meter.communicationStatus]),
  );
  return [...lines.sort(), ...states.sort()].join('\n');
}
