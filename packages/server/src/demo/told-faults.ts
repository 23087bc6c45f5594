import { minutes } from '@lastgasp/engine';
import { type Incident, metersOfTarget } from '@lastgasp/engine/evaluate';
import type { EvidenceRecord, Storm } from '@lastgasp/engine/simulate';

/** What says that supply is gone. */
const LOSS_KINDS: readonly string[] = [
  'switch_open',
  'voltage_lost',
  'power_off',
  'no_supply_call',
  'phase_voltage',
];

/** Clocks of meters are seconds off, so an event may be stamped so long before what caused it. */
const CLOCKS = minutes(0.1);

/** Tells of each fault of a storm whether any message by the storm's end says so: of a meter below it, or of a device there. */
export function toldFaults({ site, evidence }: Storm): (incident: Incident) => boolean {
  const { network } = site;
  const positionOfKey = new Map(Array.from(network.meterKey, (key, position) => [key, position]));
  const losses = evidence.filter(({ kind }) => LOSS_KINDS.includes(kind));
  return ({ target, startedAt, endedAt }) => {
    const { from, to } = metersOfTarget(site, target);
    const isBelow = ({ meterKey, deviceKey }: EvidenceRecord): boolean => {
      if (meterKey !== null) {
        const position = positionOfKey.get(meterKey) ?? -1;
        return position >= from && position < to;
      }
      const device = network.deviceOfKey.get(deviceKey as number) ?? -1;
      return (
        target.kind === 'device' &&
        device >= target.device &&
        device < (network.subtreeEnd[target.device] as number)
      );
    };
    return losses.some(
      (record) => record.eventAt >= startedAt - CLOCKS && record.eventAt < endedAt && isBelow(record),
    );
  };
}
