import { type DeviceSignal, isClockSuspect, isOpening } from './evidence.ts';
import type { Instant } from './instant.ts';
import { hasOwnMeters, metersBelow, type Network } from './network.ts';
import type { Policy } from './policy.ts';

/**
 * What a signal does to the outages of its device and of the devices above it.
 *
 * - `opens`: the device was in service; its outage begins.
 * - `joins`: the device was out already, by its own outage or by one above it; it is out still (or again). Or a second
 *   closing signal at the very end, which says nothing new.
 * - `ends`: the outage is over: its device closed, or the last of the devices right below it returned, so that
 *   everyone below has supply again. The step's `device` is the outage's in both cases.
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
  const open = new Map<number, OpenEpisode>();
  const ended = new Map<number, Episode>();
  /** Devices below each open outage's that have supply again. */
  const returned = new Map<Episode, Set<number>>();

  const openAbove = (device: number): Episode | undefined => {
    for (let d = network.parent[device] as number; d >= 0; d = network.parent[d] as number) {
      const episode = open.get(d);
      if (episode !== undefined) return episode;
    }
    return undefined;
  };
  /** The outage of the device, or else of the nearest one above it, that ended at `at`; none where a nearer one lasts. */
  const endedNearest = (device: number, at: Instant): Episode | undefined => {
    for (let d = device; d >= 0 && !open.has(d); d = network.parent[d] as number) {
      const episode = ended.get(d);
      if (episode?.endedAt === at) return episode;
    }
    return undefined;
  };
  const openAt = ({ signal, device }: PlacedSignal) => {
    const covering = open.get(device) ?? openAbove(device);
    if (covering !== undefined) {
      steps.push({ signal, device, effect: 'joins', episode: covering });
      returned.get(covering)?.delete(device);
      return;
    }
    const episode = { device, startedAt: signal.eventAt, endedAt: null };
    open.set(device, episode);
    steps.push({ signal, device, effect: 'opens', episode });
  };
  const endAt = (signal: DeviceSignal, episode: OpenEpisode) => {
    episode.endedAt = signal.eventAt;
    open.delete(episode.device);
    ended.set(episode.device, episode);
    steps.push({ signal, device: episode.device, effect: 'ends', episode });
  };
  const isLastToReturn = (device: number, above: Episode): boolean => {
    const back = returned.get(above) ?? new Set();
    returned.set(above, back.add(device));
    return isEveryoneBelowOneOf(network, above.device, back);
  };
  const closeAt = ({ signal, device }: PlacedSignal) => {
    const own = open.get(device);
    if (own !== undefined) {
      endAt(signal, own);
      const above = openAbove(device);
      if (above !== undefined && isLastToReturn(device, above)) endAt(signal, above);
      return;
    }
    const justEnded = endedNearest(device, signal.eventAt);
    if (justEnded !== undefined) {
      steps.push({ signal, device, effect: 'joins', episode: justEnded });
      return;
    }
    const covering = openAbove(device);
    if (covering === undefined) return;
    if (isLastToReturn(device, covering)) endAt(signal, covering);
    else steps.push({ signal, device, effect: 'returns', episode: covering });
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

type OpenEpisode = { -readonly [Field in keyof Episode]: Episode[Field] };

/** Whether each meter below `device` is below one of the devices right below it that are in `some`. */
function isEveryoneBelowOneOf(network: Network, device: number, some: ReadonlySet<number>): boolean {
  if (hasOwnMeters(network, device)) return false;
  const end = network.subtreeEnd[device] as number;
  for (let child = device + 1; child < end; child = network.subtreeEnd[child] as number) {
    const { from, to } = metersBelow(network, child);
    if (from < to && !some.has(child)) return false;
  }
  return true;
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
      a.signal.deviceKey - b.signal.deviceKey ||
      a.signal.key - b.signal.key,
  );
}
