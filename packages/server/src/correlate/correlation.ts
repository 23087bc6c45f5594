import {
  type Instant,
  isClockSuspect,
  type JudgedZone,
  minutes,
  type Network,
  type OutageDiff,
  OutageTracker,
  type Policy,
  type TrackingSite,
} from '@lastgasp/engine';
import type { PoolClient } from 'pg';
import type { EvidencePosition } from '../store/queries/correlate/evidence-position.ts';
import { findTakenIds } from '../store/queries/correlate/find-taken-ids.ts';
import { keepPolicy } from '../store/queries/correlate/keep-policy.ts';
import { loadDeviceSignals } from '../store/queries/correlate/load-device-signals.ts';
import { loadEvidence } from '../store/queries/correlate/load-evidence.ts';
import { loadTrackingSite, readRegistryRevision } from '../store/queries/correlate/load-network.ts';
import { loadOutageMeters } from '../store/queries/correlate/load-outage-meters.ts';
import { lockOutages, type StoredOutage } from '../store/queries/correlate/lock-outages.ts';
import type { EvidenceRow } from '../store/queries/correlate/read-evidence.ts';
import { readMemberships, type StoredMembership } from '../store/queries/correlate/read-memberships.ts';
import { readMeterNumbers } from '../store/queries/correlate/read-meter-numbers.ts';
import { readSiteConditions } from '../store/queries/correlate/read-site-conditions.ts';
import { readStandingCalls } from '../store/queries/correlate/read-standing-calls.ts';
import { readTrackedSince } from '../store/queries/correlate/read-tracked-since.ts';
import { applyJudgement } from './apply-judgement.ts';
import type { EvidenceChunk } from './evidence-tail.ts';
import { findStanding, type StandingOutages, type ZoneJudgement } from './find-standing.ts';
import { judgeZone } from './judge-zone.ts';
import type { StandingOutage } from './judged-outage.ts';
import type { WrittenMembers } from './outage-members.ts';
import { listSources, toSourceRow } from './outage-sources.ts';
import { policyVersion } from './policy-version.ts';
import { ReportShelf, type SourceRow } from './report-shelf.ts';
import {
  closings,
  endSwitchedOff,
  isOfFormerFeed,
  sinceSwitching,
  splitSwitched,
  switchedMeters,
  withTransferred,
} from './switched-outages.ts';

/** The network with everything said of it that may still matter. */
interface Tracked {
  readonly site: TrackingSite;
  readonly revision: string;
  readonly tracker: OutageTracker;
  shelf: ReportShelf;
  /** Keys of the substations that each zone's devices belong to, by the zone's first meter. */
  readonly substations: Map<number, readonly number[]>;
  /** Evidence from before, by event time, is not looked at. */
  since: number;
  /** When that was looked up. */
  sinceKnownAt: number;
  /** Of the meters that are fed otherwise than they were: the outages that they were in. */
  readonly memberships: ReadonlyMap<number, readonly StoredMembership[]>;
}

/** An hour: how often it is looked up what is settled, and how much of it at least is worth letting go. */
const FORGET_EVERY = minutes(60);

/**
 * What the correlator holds between chunks of evidence: the network, and what was said of it. All of it can be read again
 * from the database, and is, after `forget`.
 */
export class Correlation {
  readonly #policy: Policy;
  readonly #version: string;
  readonly #tellLoaded: (network: Network) => void;
  #tracked: Tracked | null = null;
  #isPolicyKept = false;
  /** What was written of each outage's meters, by its key. */
  #written = new Map<number, WrittenMembers>();
  /** The registry's revision when it was last seen to have changed while nothing else happened. */
  #changingRevision: string | null = null;

  /** `tellLoaded` is told of each network that was read. */
  constructor(policy: Policy, tellLoaded: (network: Network) => void = () => undefined) {
    this.#policy = policy;
    this.#tellLoaded = tellLoaded;
    this.#version = policyVersion(policy);
  }

  /** Drops what may be ahead of the database, after a transaction that failed or on a new session. */
  forget(): void {
    this.#tracked = null;
    this.#written = new Map();
    this.#isPolicyKept = false;
  }

  /** When time alone will change something next; null while nothing waits for it. */
  nextDueAt(): Instant | null {
    return this.#tracked?.tracker.nextDueAt() ?? null;
  }

  /**
   * Judges what a chunk of evidence and the time until `now` change and writes it, within the caller's transaction; null where
   * that is nothing. After the network changed everything is judged anew.
   */
  async take(client: PoolClient, chunk: EvidenceChunk, now: number): Promise<OutageDiff | null> {
    const tracked = await this.#current(client, chunk, now);
    await this.#forgetSettled(client, tracked, now);
    const { site, tracker, since } = tracked;
    await this.#tellCalls(client, tracked, this.#tell(tracked, chunk.rows));
    // Small tables, and what was committed a moment ago counts: cheaper than to tell whether they changed.
    tracker.setConditions(await readSiteConditions(client, since));
    const judged = tracker.judge(now);
    if (judged.length === 0) {
      tracked.shelf.put(chunk.rows);
      return null;
    }

    const { network } = site;
    const zones = judged.map(
      (zone): ZoneJudgement => ({
        from: zone.zone.from,
        to: zone.zone.to,
        since,
        outages: sinceSwitching(network, judgeZone(network, zone)),
      }),
    );
    const stored = await lockOutages(client, substationsOf(tracked, judged), since);
    if (stored.length === 0 && zones.every(({ outages }) => outages.length === 0)) {
      tracked.shelf.put(chunk.rows);
      return null;
    }
    const { living, switchedOff } = splitSwitched(network, stored);
    const found = await this.#keepTransferred(
      client,
      network,
      await this.#findStanding(client, network, zones, living),
      switchedOff,
    );
    if (!this.#isPolicyKept) await keepPolicy(client, this.#version, this.#policy);
    this.#isPolicyKept = true;
    const older = await this.#olderEvidence(client, tracked, found.standing, chunk.before);
    tracked.shelf.put(chunk.rows);
    return applyJudgement(
      {
        client,
        network,
        policy: this.#policy,
        policyVersion: this.#version,
        written: this.#written,
      },
      {
        ...found,
        sources: listSources(
          network,
          found.standing,
          [...older, ...chunk.rows.map(toSourceRow)],
          this.#policy,
        ),
        scadaEvents: chunk.rows.flatMap((row) =>
          row.deviceKey !== null && row.sourceEventKey !== null ? [row.sourceEventKey] : [],
        ),
        now,
      },
    );
  }

  /**
   * The network as the registry has it. Where no evidence calls for it, a change is waited out until the revision stands
   * still from one look to the next, since an import makes thousands.
   */
  async #current(client: PoolClient, chunk: EvidenceChunk, now: Instant): Promise<Tracked> {
    // The revision first: what changes while the network is read then shows as a change.
    const revision = await readRegistryRevision(client);
    if (this.#tracked !== null) {
      if (this.#tracked.revision === revision) return this.#tracked;
      if (chunk.rows.length === 0 && this.#changingRevision !== revision) {
        this.#changingRevision = revision;
        return this.#tracked;
      }
    }
    const site = await loadTrackingSite(client);
    this.#tellLoaded(site.network);
    const since = (await readTrackedSince(client)) - minutes(this.#policy.evidenceLeadMinutes);
    const tracker = new OutageTracker(site, this.#policy.tracking);
    const memberships = await readMemberships(client, switchedMeters(site.network));
    const shelf = new ReportShelf(site.network);
    const tracked: Tracked = {
      site,
      revision,
      tracker,
      shelf,
      substations: new Map(),
      since,
      sinceKnownAt: now,
      memberships,
    };
    const callers = new Set<number>();
    await loadEvidence(client, since, chunk.before, (rows) => {
      shelf.put(rows);
      for (const meterKey of this.#tell(tracked, rows)) callers.add(meterKey);
    });
    await this.#tellCalls(client, tracked, callers);
    for (const { deviceKey, eventAt } of closings(site.network, since))
      tracker.take({ kind: 'switch_closed', eventAt, source: { type: 'system' }, meterKey: null, deviceKey });
    this.#tracked = tracked;
    this.#written = new Map();
    return this.#tracked;
  }

  /** Lets go of what is settled, so that a server that runs for weeks holds no more than one that was just started. */
  async #forgetSettled(client: PoolClient, tracked: Tracked, now: Instant): Promise<void> {
    if (now < tracked.sinceKnownAt + FORGET_EVERY) return;
    tracked.sinceKnownAt = now;
    const since = (await readTrackedSince(client)) - minutes(this.#policy.evidenceLeadMinutes);
    if (since < tracked.since + FORGET_EVERY) return;
    tracked.since = since;
    tracked.tracker.forgetBefore(since);
    tracked.shelf = tracked.shelf.since(since);
  }

  /** Tells all but calls; gives the meters whose calls changed. */
  #tell({ site, tracker, memberships }: Tracked, rows: readonly EvidenceRow[]): ReadonlySet<number> {
    const callers = new Set<number>();
    for (const row of rows) {
      const { kind, eventAt, sourceType, meterKey, deviceKey } = row;
      if (sourceType === 'call_center' && meterKey !== null) callers.add(meterKey);
      else if (!isClockSuspect(row, this.#policy) && !isOfFormerFeed(site.network, memberships, row))
        tracker.take({ kind, eventAt, source: { type: sourceType }, meterKey, deviceKey });
    }
    return callers;
  }

  /** Tells the calls as the tickets stand now: a ticket's messages come in any order, and a later one may move it. */
  async #tellCalls(
    client: PoolClient,
    { site, tracker, since, memberships }: Tracked,
    meterKeys: ReadonlySet<number>,
  ): Promise<void> {
    if (meterKeys.size === 0) return;
    const calls = await readStandingCalls(client, [...meterKeys]);
    for (const meterKey of meterKeys) {
      const own = (calls.get(meterKey) ?? []).filter(
        (call) =>
          call.eventAt >= since &&
          !isClockSuspect(call, this.#policy) &&
          !isOfFormerFeed(site.network, memberships, { meterKey, eventAt: call.eventAt }),
      );
      tracker.setCalls(
        meterKey,
        own.map(({ eventAt }) => eventAt),
      );
    }
  }

  async #findStanding(
    client: PoolClient,
    network: Network,
    zones: readonly ZoneJudgement[],
    stored: readonly StoredOutage[],
  ): Promise<StandingOutages> {
    const services = zones.flatMap(({ outages }) =>
      outages.flatMap(({ meterKey }) => (meterKey === null ? [] : [meterKey])),
    );
    const found = findStanding(network, zones, stored, await readMeterNumbers(client, services));
    const taken = await findTakenIds(
      client,
      found.standing.flatMap(({ known, id }) => (known === null ? [id] : [])),
    );
    // Somebody else's, or of a time that is settled: another outage of the same device and start is told apart by a number.
    const given = new Map(taken);
    const renamed = new Map<string, string>();
    const standing = found.standing.map((outage): StandingOutage => {
      if (outage.known !== null) return outage;
      const number = given.get(outage.id) ?? 0;
      given.set(outage.id, number + 1);
      if (number === 0) return outage;
      const id = `${outage.id}-${number + 1}`;
      renamed.set(outage.id, id);
      return { ...outage, id };
    });
    if (renamed.size === 0) return found;
    const replaced = found.replaced.map(({ known, by }) => ({ known, by: renamed.get(by) ?? by }));
    return { ...found, standing, replaced };
  }

  /** What the switches that were set since an outage began leave of it. */
  async #keepTransferred(
    client: PoolClient,
    network: Network,
    found: StandingOutages,
    switchedOff: readonly StoredOutage[],
  ): Promise<StandingOutages> {
    if (network.feedsSince.size === 0) return found;
    const known = found.standing.flatMap(({ known }) => (known?.hasMeters === true ? [known.key] : []));
    const members = await loadOutageMeters(client, [...known, ...switchedOff.map(({ key }) => key)]);
    const ended = switchedOff.flatMap((row) => endSwitchedOff(network, row, members.get(row.key)) ?? []);
    const standing = found.standing.map((outage) =>
      outage.known === null ? outage : withTransferred(network, outage, members.get(outage.known.key)),
    );
    return { ...found, standing: [...standing, ...ended] };
  }

  /** What was said before of the outages that are new, or other than they were. */
  async #olderEvidence(
    client: PoolClient,
    { site: { network }, shelf }: Tracked,
    standing: readonly StandingOutage[],
    before: EvidencePosition,
  ): Promise<readonly SourceRow[]> {
    const margin = minutes(this.#policy.evidenceLeadMinutes);
    const whole = standing.filter(({ isWhole }) => isWhole);
    if (whole.length === 0) return [];
    const reports = whole.map(({ judged: { meters, startedAt, endedAt } }) =>
      shelf.within(
        meters.position,
        startedAt - margin,
        endedAt === null ? Number.POSITIVE_INFINITY : endedAt + margin,
      ),
    );
    const devices = whole.filter(({ judged }) => !judged.isService);
    const substations = devices.flatMap(({ deviceKey }) => {
      const key = network.devices[network.deviceOfKey.get(deviceKey) as number]?.substationKey ?? null;
      return key === null ? [] : [key];
    });
    const from = devices.reduce(
      (least, { judged }) => Math.min(least, judged.startedAt),
      Number.POSITIVE_INFINITY,
    );
    const signals =
      devices.length === 0
        ? []
        : await loadDeviceSignals(client, [...new Set(substations)], from - margin, before);
    return [...reports.flat(), ...signals.map(toSourceRow)];
  }
}

/** Keys of the substations that the devices of zones belong to. */
function substationsOf(
  { site: { network }, substations }: Tracked,
  zones: readonly JudgedZone[],
): readonly number[] {
  const keys = new Set<number>();
  for (const { zone } of zones) {
    let own = substations.get(zone.from);
    if (own === undefined) {
      const found = new Set<number>();
      for (const device of zone.nodeOfDevice.keys()) {
        const key = network.devices[device]?.substationKey ?? null;
        if (key !== null) found.add(key);
      }
      own = [...found];
      substations.set(zone.from, own);
    }
    for (const key of own) keys.add(key);
  }
  return [...keys];
}
