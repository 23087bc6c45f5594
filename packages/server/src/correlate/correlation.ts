import {
  type DeviceSignal,
  deviceOfMeter,
  type EpisodeGroup,
  episodeId,
  isAtOrBelow,
  isSameNetwork,
  judgeGroup,
  listReplaced,
  type MeterReport,
  meterPosition,
  metersBelow,
  type Network,
  type OutageDiff,
  type Policy,
  SubstationTimeline,
} from '@lastgasp/engine';
import type { PoolClient } from 'pg';
import type { EvidencePosition } from '../store/queries/correlate/evidence-position.ts';
import { listSubstationsWithOpenOutages } from '../store/queries/correlate/list-substations-with-open-outages.ts';
import { loadDeviceSignals } from '../store/queries/correlate/load-device-signals.ts';
import { loadMeterReports } from '../store/queries/correlate/load-meter-reports.ts';
import { loadNetwork, readRegistryRevision } from '../store/queries/correlate/load-network.ts';
import type { EvidenceRow } from '../store/queries/correlate/read-evidence.ts';
import { applyJudgement } from './apply-judgement.ts';
import type { EvidenceChunk } from './evidence-tail.ts';
import type { JudgedOutage } from './judged-outage.ts';
import { toDeviceSignal, toMeterReport } from './to-evidence.ts';

/** A group of episodes that a chunk concerns: all of it, or some of its meters. */
interface TouchedGroup {
  readonly group: EpisodeGroup;
  /** Positions of the meters in question; null for all below the group's devices. */
  readonly only: ReadonlySet<number> | null;
}

/**
 * What the correlator holds between chunks of evidence: the network, and each substation's signals once it was needed. All of
 * it can be read again from the database, and is, after `forget`.
 */
export class Correlation {
  readonly #policy: Policy;
  #loaded: { readonly network: Network; readonly revision: string } | null = null;
  #timelines = new Map<number, SubstationTimeline>();
  /** Whether open outages are to be judged anew: the network may be another one than they were judged with. */
  #isReviewDue = true;
  /** The registry's revision when it was last seen to have changed while nothing else happened. */
  #changingRevision: string | null = null;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** Drops what may be ahead of the database, after a transaction that failed or on a new session. */
  forget(): void {
    this.#timelines = new Map();
    this.#isReviewDue = true;
  }

  /**
   * Judges what a chunk of evidence changes and writes it, within the caller's transaction; null where it changes nothing.
   * After the network changed every open outage is judged anew.
   */
  async take(client: PoolClient, chunk: EvidenceChunk): Promise<OutageDiff | null> {
    const network = await this.#currentNetwork(client, chunk.rows.length > 0);
    const signals = groupBySubstation(chunk.rows);
    const reports = chunk.rows.flatMap(toMeterReport).flatMap((report) => placeReport(network, report));
    const underReview = this.#isReviewDue ? await listSubstationsWithOpenOutages(client) : [];
    this.#isReviewDue = false;
    await this.#loadTimelines(
      client,
      [...signals.keys(), ...reports.map((placed) => placed.substationKey), ...underReview],
      chunk.before,
    );

    const touched = this.#touch(signals, reports, underReview);
    if (touched.length === 0) return null;
    const windows = touched.map(({ group, only }) => ({
      meterKeys: Array.from(
        only ?? positionsOf(network, group),
        (position) => network.meterKey[position] as number,
      ),
      from: group.from,
      to: group.to,
    }));
    const found = await loadMeterReports(client, windows, chunk.after);
    const judged = touched.map((one, i) =>
      this.#judge(network, one, (found[i] ?? []).flatMap(toMeterReport)),
    );
    const holders = new Map(judged.flatMap(listEmpty).map(({ id, by }) => [id, by]));
    const joined = touched
      .filter(({ only }) => only === null)
      .flatMap(({ group }) => listReplaced(network, group))
      .map(({ id, by }) => ({ id, by: holders.get(episodeId(network, by)) ?? episodeId(network, by) }));
    return applyJudgement(
      { client, network, policy: this.#policy },
      {
        outages: judged.flat().filter(({ id }) => !holders.has(id)),
        replaced: [...joined, ...Array.from(holders, ([id, by]) => ({ id, by }))],
        scadaEvents: chunk.rows.flatMap((row) =>
          row.deviceKey !== null && row.sourceEventKey !== null ? [row.sourceEventKey] : [],
        ),
        learntAt: chunk.rows.reduce<number | null>(
          (latest, row) => Math.max(latest ?? row.receivedAt, row.receivedAt),
          null,
        ),
      },
    );
  }

  /**
   * The network as the registry has it. Where no evidence calls for it, a change is waited out until the revision stands
   * still from one look to the next, since an import makes thousands.
   */
  async #currentNetwork(client: PoolClient, hasEvidence: boolean): Promise<Network> {
    // The revision first: what changes while the network is read then shows as a change.
    const revision = await readRegistryRevision(client);
    if (this.#loaded !== null) {
      if (this.#loaded.revision === revision) return this.#loaded.network;
      if (!hasEvidence && this.#changingRevision !== revision) {
        this.#changingRevision = revision;
        return this.#loaded.network;
      }
    }
    const network = await loadNetwork(client);
    // The registry counts every change, also of what no outage depends on: then what is held stays good.
    const isSame = this.#loaded !== null && isSameNetwork(this.#loaded.network, network);
    this.#loaded = { network: isSame ? (this.#loaded as { network: Network }).network : network, revision };
    if (!isSame) this.forget();
    return this.#loaded.network;
  }

  async #loadTimelines(
    client: PoolClient,
    substationKeys: readonly number[],
    position: EvidencePosition,
  ): Promise<void> {
    const { network } = this.#loaded as { network: Network };
    const missing = [...new Set(substationKeys)].filter((key) => !this.#timelines.has(key));
    if (missing.length === 0) return;
    const rows = await loadDeviceSignals(client, missing, position);
    const signals = groupBySubstation(rows);
    for (const key of missing) {
      this.#timelines.set(key, new SubstationTimeline(network, this.#policy, signals.get(key) ?? []));
    }
  }

  #touch(
    signals: ReadonlyMap<number, readonly DeviceSignal[]>,
    reports: readonly PlacedReport[],
    underReview: readonly number[],
  ): readonly TouchedGroup[] {
    const whole = new Set<EpisodeGroup>();
    for (const [key, own] of signals) for (const group of this.#timeline(key).add(own)) whole.add(group);
    for (const key of underReview) for (const group of this.#timeline(key).openGroups) whole.add(group);

    const parts = new Map<EpisodeGroup, Set<number>>();
    for (const { report, position, device, substationKey } of reports) {
      for (const group of this.#timeline(substationKey).groupsAt(device, report.eventAt)) {
        if (whole.has(group)) continue;
        const only = parts.get(group);
        if (only === undefined) parts.set(group, new Set([position]));
        else only.add(position);
      }
    }
    return [
      ...Array.from(whole, (group) => ({ group, only: null })),
      ...Array.from(parts, ([group, only]) => ({ group, only })),
    ];
  }

  #judge(
    network: Network,
    { group, only }: TouchedGroup,
    reports: readonly MeterReport[],
  ): readonly JudgedOutage[] {
    const positions = only === null ? undefined : [...only].sort((a, b) => a - b);
    return judgeGroup(network, group, reports, this.#policy, positions)
      .filter(({ meters, joined }) => only === null || meters.position.length > 0 || joined.length > 0)
      .map(({ episode, meters, joined }) => ({
        id: episodeId(network, episode),
        deviceKey: network.devices[episode.device]?.key as number,
        episode,
        steps: group.steps.filter((step) => step.episode === episode),
        isWhole: only === null,
        meters,
        joined,
      }));
  }

  #timeline(substationKey: number): SubstationTimeline {
    return this.#timelines.get(substationKey) as SubstationTimeline;
  }
}

interface PlacedReport {
  readonly report: MeterReport;
  readonly position: number;
  readonly device: number;
  readonly substationKey: number;
}

/** Where in the network a report's meter is; nothing for one that no substation feeds. */
function placeReport(network: Network, report: MeterReport): readonly PlacedReport[] {
  const position = meterPosition(network, report.meterKey);
  const device = position < 0 ? -1 : deviceOfMeter(network, position);
  const substationKey = network.devices[device]?.substationKey ?? null;
  return substationKey === null ? [] : [{ report, position, device, substationKey }];
}

function groupBySubstation(rows: readonly EvidenceRow[]): ReadonlyMap<number, readonly DeviceSignal[]> {
  const signals = new Map<number, DeviceSignal[]>();
  for (const row of rows) {
    if (row.substationKey === null) continue;
    for (const signal of toDeviceSignal(row)) {
      const own = signals.get(row.substationKey);
      if (own === undefined) signals.set(row.substationKey, [signal]);
      else own.push(signal);
    }
  }
  return signals;
}

/** The meters below the devices of a group's episodes. */
function positionsOf(network: Network, group: EpisodeGroup): readonly number[] {
  const devices = [...new Set(group.episodes.map((episode) => episode.device))];
  const topmost = devices.filter(
    (device) => !devices.some((other) => other !== device && isAtOrBelow(network, device, other)),
  );
  return topmost.flatMap((device) => {
    const { from, to } = metersBelow(network, device);
    return Array.from({ length: to - from }, (_, i) => from + i);
  });
}

/**
 * Outages of a group that interrupt nobody since all their customers were out already, each with the largest of those that
 * they are out by. The database may have opened one before it was known whom the others hold.
 */
function listEmpty(
  outages: readonly JudgedOutage[],
): readonly { readonly id: string; readonly by: string }[] {
  return outages
    .filter((outage) => outage.isWhole && outage.meters.position.length === 0)
    .flatMap(({ id, episode: { startedAt } }) => {
      const [holder] = outages
        .filter(({ episode, meters }) => {
          const lasts = episode.endedAt === null || episode.endedAt >= startedAt;
          return meters.position.length > 0 && episode.startedAt <= startedAt && lasts;
        })
        .sort((a, b) => b.meters.position.length - a.meters.position.length);
      return holder === undefined ? [] : [{ id, by: holder.id }];
    });
}
