import { type DeviceSignal, isClockSuspect, isOpening } from './evidence.ts';
import type { Instant } from './instant.ts';
import type { Network } from './network.ts';
import type { Policy } from './policy.ts';

/**
 * What a signal does to the outages of its device and of the devices above it.
 *
 * - `opens`: the device was in service; its outage begins.
 * - `joins`: the device was out already, by its own outage or by one above it; it is out still (or again). Or a second
 *   closing signal at the very end, which says nothing new.
 * - `ends`: the device's own outage is over.
 * - `returns`: the device has supply again while the outage above it lasts; its meters leave that outage.
 *
 * A closing signal of a device that is not out does nothing and makes no step.
 */
export type StepEffect = 'opens' | 'joins' | 'ends' | 'returns';

/** One signal with what it did. */
export interface EpisodeStep {
  readonly signal: DeviceSignal;
  /** Index of the signal's device. */
  readonly device: number;
  readonly effect: StepEffect;
  readonly episode: Episode;
}

/** One device's outage from its opening to its closing signal, before it is known whom it interrupts. */
export interface Episode {
  /** Index of the device. */
  readonly device: number;
  readonly startedAt: Instant;
  /** Null while it lasts. */
  readonly endedAt: Instant | null;
}

/**
 * What the signals of one substation mean, in event-time order, whatever order they are given in and however often.
 *
 * At one instant: first what was out closes (downstream first), then what opens opens (upstream first, so that a feeder lost with its
 * substation joins it), then what opened in this very instant closes. So signals of one device that contradict each other at one
 * instant leave it as it was: a switch in service can only have opened before it closed, one that was out only the other way round.
 * Signals of unknown devices and of clocks that cannot be believed are left out.
 */
export function deriveEpisodes(
  network: Network,
  signals: Iterable<DeviceSignal>,
  policy: Policy,
): readonly EpisodeStep[] {
  const steps: EpisodeStep[] = [];
  const open = new Map<number, { device: number; startedAt: Instant; endedAt: Instant | null }>();
  const ended = new Map<number, Episode>();

  const openAbove = (device: number): Episode | undefined => {
    for (let d = network.parent[device] as number; d >= 0; d = network.parent[d] as number) {
      const episode = open.get(d);
      if (episode !== undefined) return episode;
    }
    return undefined;
  };
  const openAt = ({ signal, device }: PlacedSignal) => {
    const covering = open.get(device) ?? openAbove(device);
    if (covering !== undefined) {
      steps.push({ signal, device, effect: 'joins', episode: covering });
      return;
    }
    const episode = { device, startedAt: signal.eventAt, endedAt: null };
    open.set(device, episode);
    steps.push({ signal, device, effect: 'opens', episode });
  };
  const closeAt = ({ signal, device }: PlacedSignal) => {
    const own = open.get(device);
    if (own !== undefined) {
      own.endedAt = signal.eventAt;
      open.delete(device);
      ended.set(device, own);
      steps.push({ signal, device, effect: 'ends', episode: own });
      return;
    }
    const justEnded = ended.get(device);
    if (justEnded?.endedAt === signal.eventAt) {
      steps.push({ signal, device, effect: 'joins', episode: justEnded });
      return;
    }
    const covering = openAbove(device);
    if (covering !== undefined) steps.push({ signal, device, effect: 'returns', episode: covering });
  };

  const placed = placeSignals(network, signals, policy);
  for (let from = 0; from < placed.length; ) {
    let to = from + 1;
    while (to < placed.length && at(placed, to) === at(placed, from)) to++;
    const instant = placed.slice(from, to);
    const wasOut = (s: PlacedSignal) => open.has(s.device) || openAbove(s.device) !== undefined;

    const closings = instant.filter((s) => !isOpening(s.signal)).reverse();
    const closingFirst = closings.filter(wasOut);
    const openings = instant.filter((s) => isOpening(s.signal));
    const opensHere = new Set(openings.map((s) => s.device));
    const closingLast = closings.filter((s) => !closingFirst.includes(s) && opensHere.has(s.device));
    for (const signal of closingFirst) closeAt(signal);
    for (const signal of openings) openAt(signal);
    for (const signal of closingLast) closeAt(signal);
    from = to;
  }
  return steps;
}

interface PlacedSignal {
  readonly signal: DeviceSignal;
  readonly device: number;
}

function at(placed: readonly PlacedSignal[], index: number): Instant {
  return (placed[index] as PlacedSignal).signal.eventAt;
}

/** Signals that count, each once, by event time, then upstream first. */
function placeSignals(network: Network, signals: Iterable<DeviceSignal>, policy: Policy): PlacedSignal[] {
  const placed: PlacedSignal[] = [];
  const seen = new Set<number>();
  for (const signal of signals) {
    const device = network.deviceOfKey.get(signal.deviceKey);
    if (device === undefined || seen.has(signal.key) || isClockSuspect(signal, policy)) continue;
    seen.add(signal.key);
    placed.push({ signal, device });
  }
  return placed.sort(
    (a, b) =>
      a.signal.eventAt - b.signal.eventAt ||
      (network.depth[a.device] as number) - (network.depth[b.device] as number) ||
      a.device - b.device ||
      a.signal.key - b.signal.key,
  );
}
