import type { SourceType } from '@lastgasp/model';
import { deriveEpisodes, type EpisodeStep } from './episodes.ts';
import { type DeviceSignal, isOpening, type MeterReport } from './evidence.ts';
import { type EpisodeGroup, groupEpisodes } from './group-episodes.ts';
import type { Instant } from './instant.ts';
import { type JudgedEpisode, judgeGroup, type OutageMeters } from './judge-group.ts';
import { judgeOutage, type OutageJudgement } from './judge-outage.ts';
import type { Network } from './network.ts';
import type { Policy } from './policy.ts';
import { episodeId } from './substation-timeline.ts';

/** A signal or report that belongs to an outage, and whether it speaks for the outage or for its end. */
export interface JoinedEvidence {
  readonly evidence: DeviceSignal | MeterReport;
  readonly supports: boolean;
}

/** An outage as the evidence has it. */
export interface DerivedOutage extends OutageJudgement {
  readonly id: string;
  /** Index of the device that is out. */
  readonly device: number;
  /** The earliest opening signal's event time. */
  readonly startedAt: Instant;
  /** When the first of its opening signals was received. */
  readonly detectedAt: Instant;
  readonly endedAt: Instant | null;
  readonly meters: OutageMeters;
  /** Everyone the outage interrupted, in customers. */
  readonly customers: number;
  /** Those of them who are out, in customers. */
  readonly customersOutNow: number;
  readonly evidence: readonly JoinedEvidence[];
}

/**
 * The outages that a set of evidence of one substation means: a function of the set alone, so order, duplicates and batches
 * of arrival change nothing. By start, then id. An episode that interrupts no meter is no outage.
 */
export function deriveOutages(
  network: Network,
  signals: Iterable<DeviceSignal>,
  reports: readonly MeterReport[],
  policy: Policy,
): readonly DerivedOutage[] {
  const groups = groupEpisodes(network, deriveEpisodes(network, signals, policy), policy);
  return groups
    .flatMap((group) => describeGroup(network, group, judgeGroup(network, group, reports, policy), policy))
    .sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
}

/** The outages of one judged group. */
export function describeGroup(
  network: Network,
  group: EpisodeGroup,
  judged: readonly JudgedEpisode[],
  policy: Policy,
): readonly DerivedOutage[] {
  const outages: DerivedOutage[] = [];
  for (const { episode, meters, joined } of judged) {
    if (meters.position.length === 0) continue;
    const steps = group.steps.filter((step) => step.episode === episode);
    const evidence = [...steps.map(joinedSignal), ...joined.map(joinedReport)];
    let customers = 0;
    let customersOutNow = 0;
    let metersBack = 0;
    for (let i = 0; i < meters.position.length; i++) {
      const of = network.customers[meters.position[i] as number] as number;
      customers += of;
      if (meters.until[i] === null) customersOutNow += of;
      else metersBack++;
    }
    outages.push({
      ...judgeOutage(
        {
          startedAt: episode.startedAt,
          endedAt: episode.endedAt,
          metersBack,
          supportingSources: supportingSources(evidence),
        },
        policy,
      ),
      id: episodeId(network, episode),
      device: episode.device,
      startedAt: episode.startedAt,
      detectedAt: detectedAt(steps),
      endedAt: episode.endedAt,
      meters,
      customers,
      customersOutNow,
      evidence,
    });
  }
  return outages;
}

/** The step's signal as evidence of the step's outage. */
export function joinedSignal(step: EpisodeStep): JoinedEvidence {
  return { evidence: step.signal, supports: isOpening(step.signal) };
}

/** A meter's report as evidence of the outage it joined. */
export function joinedReport(join: { readonly report: MeterReport }): JoinedEvidence {
  return { evidence: join.report, supports: join.report.kind !== 'power_on' };
}

/** When the first of an outage's opening signals was received. */
export function detectedAt(steps: readonly EpisodeStep[]): Instant {
  return steps
    .filter((step) => isOpening(step.signal))
    .reduce((earliest, step) => Math.min(earliest, step.signal.receivedAt), Number.POSITIVE_INFINITY);
}

function supportingSources(evidence: readonly JoinedEvidence[]): Set<SourceType> {
  return new Set(evidence.filter((e) => e.supports).map((e) => e.evidence.source.type));
}
