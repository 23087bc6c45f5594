import type { DeviceSignal, MeterReport } from '../evidence.ts';
import { minutes } from '../instant.ts';
import type { Policy } from '../policy.ts';

/** A network as lists, for the reference. */
export interface NaiveNetwork {
  readonly devices: readonly { readonly key: number; readonly upstreamKey: number | null }[];
  readonly meters: readonly { readonly key: number; readonly deviceKey: number }[];
}

/** An outage as the reference has it. */
export interface NaiveOutage {
  readonly deviceKey: number;
  readonly startedAt: number;
  endedAt: number | null;
  readonly meters: Map<number, { readonly from: number; until: number | null }>;
  readonly evidence: Set<number>;
  /** Devices below its own that have supply again. */
  readonly returned: Set<number>;
}

/**
 * The rules of outages written down a second time, as slowly and plainly as they can be told: minute by minute, device by device,
 * meter by meter. The engine is compared with it.
 */
export function naiveOutages(
  network: NaiveNetwork,
  allSignals: readonly DeviceSignal[],
  allReports: readonly MeterReport[],
  policy: Policy,
): NaiveOutage[] {
  const believed = <T extends { key: number; eventAt: number; receivedAt: number }>(all: readonly T[]): T[] =>
    all.filter(
      (one, i) =>
        one.eventAt - one.receivedAt <= minutes(policy.futureSkewLimitMinutes) &&
        all.findIndex((other) => other.key === one.key) === i,
    );
  const signals = believed(allSignals);
  const reports = believed(allReports);
  const upstreamOf = new Map(network.devices.map((device) => [device.key, device.upstreamKey]));
  const chain = (deviceKey: number): number[] => {
    const upstream = upstreamOf.get(deviceKey);
    return upstream === null || upstream === undefined ? [deviceKey] : [deviceKey, ...chain(upstream)];
  };
  const upstreamFirst = (a: DeviceSignal, b: DeviceSignal) =>
    chain(a.deviceKey).length - chain(b.deviceKey).length || a.deviceKey - b.deviceKey || a.key - b.key;

  const outages: NaiveOutage[] = [];
  const openOn = (deviceKeys: number[]): NaiveOutage | undefined =>
    deviceKeys
      .map((key) => outages.find((outage) => outage.deviceKey === key && outage.endedAt === null))
      .find((outage) => outage !== undefined);
  const below = (deviceKey: number) => network.meters.filter((m) => chain(m.deviceKey).includes(deviceKey));
  const holderOf = (meter: { deviceKey: number }) => openOn(chain(meter.deviceKey));
  const isOut = (meterKey: number) => outages.some((outage) => outage.meters.get(meterKey)?.until === null);
  const goOut = (outage: NaiveOutage, meterKey: number, at: number) => {
    const part = outage.meters.get(meterKey);
    if (part === undefined) outage.meters.set(meterKey, { from: at, until: null });
    else part.until = null;
  };
  const comeBack = (outage: NaiveOutage, meterKey: number, at: number) => {
    const part = outage.meters.get(meterKey);
    if (part?.until === null) part.until = at;
  };

  const open = (signal: DeviceSignal, at: number) => {
    const covering = openOn(chain(signal.deviceKey));
    if (covering === undefined) {
      const held = below(signal.deviceKey).filter((meter) => holderOf(meter) === undefined);
      const outage: NaiveOutage = {
        deviceKey: signal.deviceKey,
        startedAt: at,
        endedAt: null,
        meters: new Map(held.map((meter) => [meter.key, { from: at, until: null }])),
        evidence: new Set([signal.key]),
        returned: new Set(),
      };
      outages.push(outage);
      return;
    }
    covering.evidence.add(signal.key);
    covering.returned.delete(signal.deviceKey);
    if (covering.deviceKey === signal.deviceKey) return;
    for (const meter of below(signal.deviceKey)) {
      if (holderOf(meter) === covering && !isOut(meter.key)) goOut(covering, meter.key, at);
    }
  };
  const close = (signal: DeviceSignal, at: number) => {
    const own = openOn([signal.deviceKey]);
    const lasting = openOn(chain(signal.deviceKey));
    const upToLasting = lasting === undefined ? [] : chain(lasting.deviceKey);
    const over = chain(signal.deviceKey)
      .filter((key) => !upToLasting.includes(key))
      .map((key) => outages.find((outage) => outage.deviceKey === key && outage.endedAt === at))
      .find((outage) => outage !== undefined);
    if (over !== undefined) {
      over.evidence.add(signal.key);
      return;
    }
    const concerned = own ?? openOn(chain(signal.deviceKey));
    if (concerned === undefined) return;
    concerned.evidence.add(signal.key);
    for (const meter of below(signal.deviceKey)) {
      if (holderOf(meter) === concerned) comeBack(concerned, meter.key, at);
    }
    if (own !== undefined) own.endedAt = at;

    const above = openOn(chain(signal.deviceKey));
    if (above === undefined) return;
    above.returned.add(signal.deviceKey);
    const rightBelow = (meter: { deviceKey: number }) => {
      const path = chain(meter.deviceKey);
      return path[path.indexOf(above.deviceKey) - 1] ?? Number.NaN;
    };
    if (!below(above.deviceKey).every((meter) => above.returned.has(rightBelow(meter)))) return;
    for (const meter of below(above.deviceKey)) {
      if (holderOf(meter) === above) comeBack(above, meter.key, at);
    }
    above.endedAt = at;
    above.evidence.add(signal.key);
  };

  const instants = [...new Set([...signals, ...reports].map((one) => one.eventAt))].sort((a, b) => a - b);
  for (const at of instants) {
    const said = new Map<number, MeterReport>();
    for (const report of reports.filter((one) => one.eventAt === at && one.kind !== 'no_supply_call')) {
      const other = said.get(report.meterKey);
      if (other === undefined || rank(report) > rank(other)) said.set(report.meterKey, report);
    }
    for (const [meterKey, report] of said) {
      const holder = holderOf(network.meters.find((meter) => meter.key === meterKey)!);
      if (report.kind === 'power_on' && holder !== undefined && at > holder.startedAt)
        comeBack(holder, meterKey, at);
    }
    const now = signals.filter((signal) => signal.eventAt === at);
    const openings = now
      .filter((s) => s.kind === 'switch_open' || s.kind === 'voltage_lost')
      .sort(upstreamFirst);
    const closings = now.filter((s) => !openings.includes(s)).sort((a, b) => upstreamFirst(b, a));
    const wasOut = closings.filter((s) => openOn(chain(s.deviceKey)) !== undefined);
    const wasIn = closings.filter(
      (s) => !wasOut.includes(s) && openings.some((o) => o.deviceKey === s.deviceKey),
    );
    for (const signal of wasOut) close(signal, at);
    for (const signal of openings) open(signal, at);
    for (const signal of wasIn) close(signal, at);
    for (const [meterKey, report] of said) {
      const holder = holderOf(network.meters.find((meter) => meter.key === meterKey)!);
      if (report.kind === 'power_off' && holder !== undefined && !isOut(meterKey))
        goOut(holder, meterKey, at);
    }
  }

  const lead = minutes(policy.evidenceLeadMinutes);
  for (const report of reports) {
    const at = report.eventAt;
    const path = chain(network.meters.find((meter) => meter.key === report.meterKey)!.deviceKey);
    const mine = outages.filter((outage) => outage.meters.has(report.meterKey));
    const during = mine
      .filter((outage) => outage.startedAt <= at && (outage.endedAt === null || at <= outage.endedAt))
      .sort((a, b) => path.indexOf(a.deviceKey) - path.indexOf(b.deviceKey) || b.startedAt - a.startedAt)[0];
    const soon = mine
      .filter((outage) => outage.startedAt > at && outage.startedAt - lead <= at)
      .sort((a, b) => a.startedAt - b.startedAt)[0];
    if (report.kind !== 'power_on') (during ?? soon)?.evidence.add(report.key);
    else if (during !== undefined && at > during.startedAt) during.evidence.add(report.key);
  }
  return outages.filter((outage) => outage.meters.size > 0);
}

function rank(report: MeterReport): number {
  const order = ['call_center', 'scada', 'onu', 'kaifa', 'system'];
  return order.indexOf(report.source.type) * 10 + (report.kind === 'power_on' ? 1 : 0);
}
