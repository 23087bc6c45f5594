import { deriveEpisodes, type Episode, type EpisodeStep } from './episodes.ts';
import { type DeviceSignal, isOpening } from './evidence.ts';
import { type EpisodeGroup, groupEpisodes } from './group-episodes.ts';
import { type Instant, minutes } from './instant.ts';
import { type DeviceRecord, isAtOrBelow, type Network } from './network.ts';
import { outageEventId } from './outage-event-id.ts';
import type { Policy } from './policy.ts';

/** The human id of an episode's outage. */
export function episodeId(network: Network, episode: Episode): string {
  return outageEventId((network.devices[episode.device] as DeviceRecord).code, episode.startedAt);
}

/** An outage that its opening signal alone would make, and the one that the signal belongs to. */
export interface Replacement {
  readonly id: string;
  readonly by: Episode;
}

/**
 * The outages that are no more, if they ever were: each opening signal that belongs to an outage of another device or start would
 * by itself have opened one, and may have before earlier evidence came.
 */
export function listReplaced(network: Network, group: EpisodeGroup): readonly Replacement[] {
  const present = new Set(group.episodes.map((episode) => episodeId(network, episode)));
  return group.steps
    .filter((step) => step.effect === 'joins' && isOpening(step.signal))
    .map(({ device, signal, episode }) => ({
      id: outageEventId((network.devices[device] as DeviceRecord).code, signal.eventAt),
      by: episode,
    }))
    .filter(({ id }) => !present.has(id));
}

/**
 * All signals of one substation and the episodes that follow from them. Holds them between batches, so that a batch calls
 * for judging only the groups it changed; what it holds is the same however the signals came.
 */
export class SubstationTimeline {
  readonly #network: Network;
  readonly #policy: Policy;
  readonly #signals = new Map<number, DeviceSignal>();
  /** By ascending `to`, so that those that reach an instant are found from the end. */
  #groups: readonly EpisodeGroup[] = [];

  constructor(network: Network, policy: Policy, signals: Iterable<DeviceSignal> = []) {
    this.#network = network;
    this.#policy = policy;
    this.add(signals);
  }

  get groups(): readonly EpisodeGroup[] {
    return this.#groups;
  }

  /** Groups in which an outage lasts. */
  get openGroups(): readonly EpisodeGroup[] {
    return this.#groups.filter((group) => group.to === Number.POSITIVE_INFINITY);
  }

  /** Takes further signals and gives the groups to judge anew; signals it has already are no-ops. */
  add(signals: Iterable<DeviceSignal>): readonly EpisodeGroup[] {
    const known = this.#signals.size;
    for (const signal of signals) if (!this.#signals.has(signal.key)) this.#signals.set(signal.key, signal);
    if (this.#signals.size === known) return [];

    const before = new Map(this.#groups.map((group) => [firstSignal(group), group]));
    const steps = deriveEpisodes(this.#network, this.#signals.values(), this.#policy);
    this.#groups = [...groupEpisodes(this.#network, steps, this.#policy)].sort((a, b) =>
      a.to === b.to ? a.from - b.from : a.to - b.to,
    );
    return this.#groups.filter((group) => {
      const old = before.get(firstSignal(group));
      return old === undefined || !hasSameSteps(old, group);
    });
  }

  /** The groups that a report at `at` of a meter on `device` can belong to. */
  groupsAt(device: number, at: Instant): readonly EpisodeGroup[] {
    const lead = minutes(this.#policy.evidenceLeadMinutes);
    const found: EpisodeGroup[] = [];
    for (let i = this.#groups.length - 1; i >= 0; i--) {
      const group = this.#groups[i] as EpisodeGroup;
      if (group.to < at) break;
      const concerns = group.episodes.some(
        (episode) =>
          isAtOrBelow(this.#network, device, episode.device) &&
          episode.startedAt - lead <= at &&
          (episode.endedAt === null || at <= episode.endedAt),
      );
      if (concerns) found.push(group);
    }
    return found;
  }
}

function firstSignal(group: EpisodeGroup): number {
  return (group.steps[0] as EpisodeStep).signal.key;
}

function hasSameSteps(a: EpisodeGroup, b: EpisodeGroup): boolean {
  return (
    a.steps.length === b.steps.length &&
    a.steps.every((step, i) => {
      const other = b.steps[i] as EpisodeStep;
      return step.signal.key === other.signal.key && step.effect === other.effect;
    })
  );
}
