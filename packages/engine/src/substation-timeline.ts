import { deriveEpisodes, type Episode, type EpisodeStep } from './episodes.ts';
import type { DeviceSignal } from './evidence.ts';
import { type EpisodeGroup, groupEpisodes } from './group-episodes.ts';
import type { DeviceRecord, Network } from './network.ts';
import { outageEventId } from './outage-event-id.ts';
import type { Policy } from './policy.ts';

/** What further signals changed: the groups to judge anew, and the outages that are no more. */
export interface TimelineChange {
  readonly changed: readonly EpisodeGroup[];
  readonly replaced: readonly Replacement[];
}

/** An outage that later evidence made part of another one. */
export interface Replacement {
  readonly id: string;
  /** The outage that its opening signal belongs to now. */
  readonly by: string;
}

/**
 * All signals of one substation and the episodes that follow from them. Holds them between batches, so that a batch calls
 * for judging only the groups it changed; what it holds is the same however the signals came.
 */
export class SubstationTimeline {
  readonly #network: Network;
  readonly #policy: Policy;
  readonly #signals = new Map<number, DeviceSignal>();
  #groups: readonly EpisodeGroup[] = [];

  constructor(network: Network, policy: Policy, signals: Iterable<DeviceSignal> = []) {
    this.#network = network;
    this.#policy = policy;
    this.add(signals);
  }

  get groups(): readonly EpisodeGroup[] {
    return this.#groups;
  }

  /** Takes further signals; those it has already are no-ops. */
  add(signals: Iterable<DeviceSignal>): TimelineChange {
    const known = this.#signals.size;
    for (const signal of signals) if (!this.#signals.has(signal.key)) this.#signals.set(signal.key, signal);
    if (this.#signals.size === known) return { changed: [], replaced: [] };

    const before = this.#groups;
    const steps = deriveEpisodes(this.#network, this.#signals.values(), this.#policy);
    this.#groups = groupEpisodes(this.#network, steps, this.#policy);
    return this.#compare(before);
  }

  /** Groups in which an outage lasts. */
  openGroups(): readonly EpisodeGroup[] {
    return this.#groups.filter((group) => group.to === Number.POSITIVE_INFINITY);
  }

  outageId(episode: Episode): string {
    const device = this.#network.devices[episode.device] as DeviceRecord;
    return outageEventId(device.code, episode.startedAt);
  }

  #compare(before: readonly EpisodeGroup[]): TimelineChange {
    const oldGroups = new Map(before.map((group) => [firstSignal(group), group]));
    const changed: EpisodeGroup[] = [];
    const unchanged = new Set<EpisodeGroup>();
    for (const group of this.#groups) {
      const old = oldGroups.get(firstSignal(group));
      if (old !== undefined && sameSteps(old, group)) unchanged.add(old);
      else changed.push(group);
    }

    const present = new Set<string>();
    const ownerOf = new Map<number, Episode>();
    for (const group of changed) {
      for (const episode of group.episodes) present.add(this.outageId(episode));
      for (const step of group.steps) ownerOf.set(step.signal.key, step.episode);
    }
    const replaced: Replacement[] = [];
    for (const group of before) {
      if (unchanged.has(group)) continue;
      for (const step of group.steps) {
        if (step.effect !== 'opens') continue;
        const id = this.outageId(step.episode);
        const owner = ownerOf.get(step.signal.key);
        if (!present.has(id) && owner !== undefined) replaced.push({ id, by: this.outageId(owner) });
      }
    }
    return { changed, replaced };
  }
}

function firstSignal(group: EpisodeGroup): number {
  return (group.steps[0] as EpisodeStep).signal.key;
}

function sameSteps(a: EpisodeGroup, b: EpisodeGroup): boolean {
  return (
    a.steps.length === b.steps.length &&
    a.steps.every((step, i) => {
      const other = b.steps[i] as EpisodeStep;
      return step.signal.key === other.signal.key && step.effect === other.effect;
    })
  );
}
