import type { DeviceKind, SourceType } from '@lastgasp/model';
import { formatInstant, type Instant } from '../instant.ts';
import { type DeviceRecord, deviceOfMeter, equivalentDevices } from '../network.ts';
import { defaultPolicy } from '../policy.ts';
import type { Fault } from './fault.ts';
import { commonTo, type Interval, type Intervals, NEVER } from './intervals.ts';
import type { OutageTarget } from './outage-target.ts';
import { phaseText } from './phases.ts';
import type { Storm } from './simulate-storm.ts';
import type { Site } from './site.ts';

/** The truth of a storm as `truth.json` has it: ids and numbers of the network bundle, instants in RFC 3339. */
export interface StormTruth {
  readonly seed: number;
  readonly scenario: string;
  readonly network: {
    readonly name: string;
    readonly devices: number;
    readonly meters: number;
    readonly customers: number;
    readonly cells: number;
    readonly terminals: number;
    readonly feeders: number;
  };
  readonly startedAt: string;
  readonly endedAt: string;
  readonly faults: readonly FaultTruth[];
  /** Every meter that was ever off, with its exact times; null where it is still off at the end. */
  readonly meters: readonly {
    readonly meter: string;
    readonly off: readonly (readonly [string, string | null])[];
  }[];
  readonly disturbances: DisturbanceTruth;
}

/** One fault: the device that opened, whom it interrupted, and how supply came back. */
export interface FaultTruth {
  readonly device: {
    readonly id: string;
    readonly kind: DeviceKind | 'service';
    /** All other devices of the bundle with the same meters. */
    readonly equivalent: readonly string[];
  };
  readonly phases: string;
  readonly cause: string;
  /** From when to when it was announced; null for a fault. */
  readonly announced: readonly [string, string] | null;
  /** The line section where the fault is; null where it is at the device itself. */
  readonly location: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly momentary: boolean;
  /** When the device was open, each shot of a reclosing one. */
  readonly openings: readonly (readonly [string, string | null])[];
  /** When it interrupted: open with a live supply side. */
  readonly interrupting: readonly (readonly [string, string | null])[];
  /** Those that nothing below it had interrupted before. */
  readonly meters: readonly string[];
  readonly customers: number;
  readonly steps: readonly { readonly at: string; readonly restoredMeters: readonly string[] }[];
}

/** What disturbed the messages. */
export interface DisturbanceTruth {
  readonly deadCells: readonly string[];
  readonly lateCells: readonly { readonly cell: string; readonly minutes: number }[];
  readonly falseGasps: readonly { readonly meter: string; readonly at: string }[];
  readonly concentratorGasps: readonly { readonly cell: string; readonly at: string }[];
  readonly chatteringMeters: readonly string[];
  readonly movedMeters: readonly {
    readonly meter: string;
    readonly registeredAt: string;
    readonly reallyAt: string;
  }[];
  readonly falseTrips: readonly { readonly feeder: string; readonly at: string }[];
  readonly silentFeeders: readonly string[];
  readonly unpluggedTerminals: readonly string[];
  readonly cutTerminals: readonly string[];
  readonly silences: readonly { readonly source: SourceType; readonly from: string; readonly to: string }[];
  readonly batteryTerminals: number;
  readonly tieFeeds: readonly {
    readonly section: string;
    readonly times: readonly (readonly [string, string | null])[];
  }[];
}

/** The truth of a storm in the words of the network bundle. */
export function stormTruth(
  storm: Storm,
  names: { readonly scenario: string; readonly network: string },
): StormTruth {
  const { site, period, plan, supply, conditions, seed } = storm;
  const { network, cells, terminals, feeders, meters } = site;
  const code = (device: number): string => (network.devices[device] as DeviceRecord).code;
  const number = (meter: number): string => meters.number[meter] as string;
  const cell = (index: number): string => cells[index] as string;
  const feeder = (index: number): string => feeders[index]?.code as string;
  return {
    seed,
    scenario: names.scenario,
    network: {
      name: names.network,
      devices: network.deviceCount,
      meters: network.meterCount,
      customers: network.customers.reduce((sum, customers) => sum + customers, 0),
      cells: cells.length,
      terminals: terminals.length,
      feeders: feeders.length,
    },
    startedAt: formatInstant(period.startAt),
    endedAt: formatInstant(period.endAt),
    faults: plan.faults
      .map((fault, index) => ({ fault, truth: faultTruth(storm, fault, index) }))
      .sort((a, b) => openedAt(a.fault) - openedAt(b.fault))
      .map(({ truth }) => truth),
    meters: [...supply.off]
      .sort(([a], [b]) => a - b)
      .map(([meter, off]) => ({ meter: number(meter), off: timesUntil(off, period.endAt) }))
      .filter(({ off }) => off.length > 0),
    disturbances: {
      deadCells: [...conditions.deadCells].sort((a, b) => a - b).map(cell),
      lateCells: [...conditions.lateSeconds].map(([index, late]) => ({
        cell: cell(index),
        minutes: Math.round(late / 6) / 10,
      })),
      falseGasps: conditions.falseGasps.map(({ meter, times }) => ({
        meter: number(meter),
        at: formatInstant(times.from),
      })),
      concentratorGasps: conditions.concentratorGasps.map(({ cell: index, times }) => ({
        cell: cell(index),
        at: formatInstant(times.from),
      })),
      chatteringMeters: conditions.chattering.map(number),
      movedMeters: [...plan.movedMeters].map(([meter, device]) => ({
        meter: number(meter),
        registeredAt: code(deviceOfMeter(network, meter)),
        reallyAt: code(device),
      })),
      falseTrips: conditions.falseTrips.map(({ feeder: index, times }) => ({
        feeder: feeder(index),
        at: formatInstant(times.from),
      })),
      silentFeeders: conditions.silentFeeders.map(feeder),
      unpluggedTerminals: conditions.unplugged.map(({ terminal }) => terminals[terminal] as string),
      cutTerminals: conditions.cutTerminals.map((terminal) => terminals[terminal] as string),
      silences: conditions.silences.map(({ source, times }) => ({
        source,
        from: formatInstant(times.from),
        to: formatInstant(times.to),
      })),
      batteryTerminals: conditions.batteryTerminals.size,
      tieFeeds: plan.tieFeeds.map(({ section, times }) => ({
        section: code(section),
        times: timesUntil(times, period.endAt),
      })),
    },
  };
}

/** When the fault began; Infinity for one that opened nothing. */
export function openedAt(fault: Fault): Instant {
  return fault.openings[0]?.from ?? Number.POSITIVE_INFINITY;
}

/** When the fault was over; Infinity where it never was. */
export function closedAt(fault: Fault): Instant {
  return fault.openings.at(-1)?.to ?? Number.NEGATIVE_INFINITY;
}

/** Whether the whole fault, all shots of it, was over within the limit of a momentary interruption (IEEE 1366). */
export function isMomentaryFault(fault: Fault): boolean {
  return closedAt(fault) - openedAt(fault) <= defaultPolicy.momentaryLimitMinutes * 60_000_000;
}

function faultTruth(storm: Storm, fault: Fault, index: number): FaultTruth {
  const { site, supply, period } = storm;
  const { network } = site;
  const meters = supply.metersOf[index] as readonly number[];
  const interrupting = supply.interrupting[index] as Intervals;
  const endAt = closedAt(fault);
  return {
    device: describeTarget(site, fault.target),
    phases: phaseText(fault.phases),
    cause: fault.cause,
    announced:
      fault.announced === undefined
        ? null
        : [formatInstant(fault.announced.from), formatInstant(fault.announced.to)],
    location: fault.location < 0 ? null : (network.devices[fault.location] as DeviceRecord).code,
    startedAt: formatInstant(openedAt(fault)),
    endedAt: endAt > period.endAt ? null : formatInstant(endAt),
    momentary: isMomentaryFault(fault),
    openings: timesUntil(fault.openings, period.endAt),
    interrupting: timesUntil(interrupting, period.endAt),
    meters: meters.map((meter) => site.meters.number[meter] as string),
    customers: customersOf(site, meters),
    steps: restorationSteps(storm, meters, interrupting, Math.min(endAt, period.endAt)),
  };
}

/** Customers of these meters. */
export function customersOf({ network }: Site, meters: Iterable<number>): number {
  let sum = 0;
  for (const meter of meters) sum += network.customers[meter] as number;
  return sum;
}

function describeTarget({ network, meters }: Site, target: OutageTarget): FaultTruth['device'] {
  if (target.kind === 'service')
    return { id: meters.number[target.meter] as string, kind: 'service', equivalent: [] };
  const { code, kind } = network.devices[target.device] as DeviceRecord;
  const equivalent = equivalentDevices(network, target.device)
    .map((device) => (network.devices[device] as DeviceRecord).code)
    .sort();
  return { id: code, kind, equivalent };
}

/** By the instant at which they had supply for good again: the meters of a fault, up to its end. */
function restorationSteps(
  { site, supply }: Storm,
  meters: readonly number[],
  interrupting: Intervals,
  until: Instant,
): FaultTruth['steps'] {
  const backAt = new Map<Instant, string[]>();
  for (const meter of meters) {
    const off = supply.off.get(meter) ?? NEVER;
    const last = off.filter((time) => commonTo([time], interrupting).length > 0).at(-1);
    if (last === undefined || last.to > until) continue;
    const restored = backAt.get(last.to) ?? [];
    restored.push(site.meters.number[meter] as string);
    backAt.set(last.to, restored);
  }
  return [...backAt]
    .sort(([a], [b]) => a - b)
    .map(([at, restoredMeters]) => ({ at: formatInstant(at), restoredMeters }));
}

function timesUntil(times: readonly Interval[], end: Instant): readonly (readonly [string, string | null])[] {
  return times
    .filter(({ from }) => from <= end)
    .map(({ from, to }) => [formatInstant(from), to > end ? null : formatInstant(to)] as const);
}
