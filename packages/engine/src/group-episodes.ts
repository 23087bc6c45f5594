import type { Episode, EpisodeStep } from './episodes.ts';
import { type Instant, minutes } from './instant.ts';
import { isAtOrBelow, type Network } from './network.ts';
import type { Policy } from './policy.ts';

/** Episodes that must be judged together, and everything that signals did to them, in order. */
export interface EpisodeGroup {
  readonly episodes: readonly Episode[];
  readonly steps: readonly EpisodeStep[];
  /** First instant at which evidence of a meter can belong to the group. */
  readonly from: Instant;
  /** Last such instant; infinite while an episode of the group lasts. */
  readonly to: Instant;
}

/**
 * Splits episodes into groups that share no evidence: two episodes are together where one device stands above the other (or is
 * it) and they follow each other within the time in which evidence may lead an outage. So a feeder that was never reported
 * closed does not tie its neighbours' outages to it, and new evidence calls for judging one group, not a history.
 */
export function groupEpisodes(
  network: Network,
  steps: readonly EpisodeStep[],
  policy: Policy,
): readonly EpisodeGroup[] {
  const lead = minutes(policy.evidenceLeadMinutes);
  const episodes = steps.filter((step) => step.effect === 'opens').map((step) => step.episode);
  const groupOf = new Map<Episode, Episode>(episodes.map((episode) => [episode, episode]));
  const find = (episode: Episode): Episode => {
    let root = episode;
    while (groupOf.get(root) !== root) root = groupOf.get(root) as Episode;
    groupOf.set(episode, root);
    return root;
  };

  // The newest episode of a device is enough: an older one that reaches as far is already in its group.
  const newest = new Map<number, Episode>();
  for (const episode of episodes) {
    for (const other of newest.values()) {
      const related =
        isAtOrBelow(network, episode.device, other.device) ||
        isAtOrBelow(network, other.device, episode.device);
      if (related && reaches(other, lead) >= episode.startedAt) groupOf.set(find(episode), find(other));
    }
    newest.set(episode.device, episode);
  }

  const groups = new Map<Episode, { episodes: Episode[]; steps: EpisodeStep[] }>();
  for (const step of steps) {
    const root = find(step.episode);
    let group = groups.get(root);
    if (group === undefined) {
      group = { episodes: [], steps: [] };
      groups.set(root, group);
    }
    if (step.effect === 'opens') group.episodes.push(step.episode);
    group.steps.push(step);
  }
  return Array.from(groups.values(), (group) => ({
    ...group,
    from: (group.episodes[0] as Episode).startedAt - lead,
    to: group.episodes.reduce((to, episode) => Math.max(to, reaches(episode, 0)), Number.NEGATIVE_INFINITY),
  }));
}

function reaches(episode: Episode, lead: number): Instant {
  return episode.endedAt === null ? Number.POSITIVE_INFINITY : episode.endedAt + lead;
}
