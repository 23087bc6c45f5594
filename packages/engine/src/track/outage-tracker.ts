import type { EvidenceKind, SourceType } from '@lastgasp/model';
import type { Instant } from '../instant.ts';
import { meterPosition } from '../network.ts';
import type { TrackingPolicy } from '../policy-tracking.ts';
import { choosePings } from './choose-pings.ts';
import { inferOverRegimes, type ZoneRegimes, zoneRegimes } from './delivery-regimes.ts';
import { EvidenceBook, type SignalWord } from './evidence-book.ts';
import { Histories } from './histories.ts';
import type { ZoneBeliefs } from './infer-zone.ts';
import { placeEvidence, type ZoneEvidence } from './node-likelihood.ts';
import { outagesOfZone, type ZoneOutages } from './outages-of-zone.ts';
import { SimultaneousGasps } from './simultaneous-gasps.ts';
import { findSlots } from './slots.ts';
import { buildZones, type TrackingSite, type Zone } from './zone.ts';
import type { HeardSources } from './zone-silence.ts';

/** A row of the evidence log as the tracker reads it; exactly one of the two keys is given. */
export interface TrackerRecord {
  readonly kind: EvidenceKind;
  readonly eventAt: Instant;
  readonly source: { readonly type: SourceType };
  readonly meterKey: number | null;
  readonly deviceKey: number | null;
}

/** Pings sent about one incident. */
interface PingLedger {
  count: number;
  lastAt: number;
}

/** What one zone was judged from, for explanations and pings. */
export interface JudgedZone {
  readonly zone: Zone;
  readonly evidence: ZoneEvidence;
  readonly beliefs: ZoneBeliefs;
  readonly outages: ZoneOutages;
}

interface ZoneState {
  readonly zone: Zone;
  readonly book: EvidenceBook;
  readonly regimes: ZoneRegimes;
  judged: JudgedZone | null;
  hasNews: boolean;
  /** Seconds since 1970: until when time alone changes what is believed, at each step and then now and then. */
  settlesAt: number;
  judgedAt: number;
  readonly pings: Map<number, PingLedger>;
  /** By meter: when it was asked last. */
  readonly asked: Map<number, number>;
}

/** Seconds until a ping is answered or will not be, and after which an incident may be asked about anew. */
const PING_ANSWER_SECONDS = 35;
const PING_AGAIN_SECONDS = 1_800;

/** Seconds after a slot in which messages about it are still awaited, and between two judgements afterwards while calls may come. */
const SETTLING_SECONDS = 300;
const CALLS_EVERY_SECONDS = 60;
const CALLS_SETTLE_SECONDS = 3_600;

/**
 * Outages as a pure function of evidence, policy and time, zone by zone: what was taken is a set, and each judgement starts from all of
 * it, so neither order nor repetition of what arrives leaves a trace.
 */
export class OutageTracker {
  readonly #site: TrackingSite;
  readonly #policy: TrackingPolicy;
  readonly #zones: readonly ZoneState[];
  readonly #gasps: SimultaneousGasps;
  #heard: HeardSources = { meters: false, terminals: false, calls: false };

  constructor(site: TrackingSite, policy: TrackingPolicy) {
    this.#site = site;
    this.#policy = policy;
    this.#gasps = new SimultaneousGasps(site.meters.isSmart.reduce((sum, smart) => sum + smart, 0));
    this.#zones = buildZones(site, policy).map((zone) => ({
      zone,
      book: new EvidenceBook(),
      regimes: zoneRegimes(zone, policy),
      judged: null,
      hasNews: false,
      settlesAt: Number.NEGATIVE_INFINITY,
      judgedAt: Number.NEGATIVE_INFINITY,
      pings: new Map(),
      asked: new Map(),
    }));
  }

  /** Takes one piece of evidence; false where it tells nothing new. */
  take({ kind, eventAt, source, meterKey, deviceKey }: TrackerRecord): boolean {
    const { network, meters } = this.#site;
    const at = eventAt / 1e6;
    let state: ZoneState | undefined;
    let isNew = false;
    if (meterKey !== null) {
      const meter = meterPosition(network, meterKey);
      state = meter < 0 ? undefined : this.#zoneOf(meter);
      if (state === undefined) return false;
      isNew = state.book.takeMeter(
        { kind, at, source: source.type },
        meter,
        meters.terminal[meter] as number,
      );
      this.#hear(kind, source.type);
    } else if (deviceKey !== null) {
      const device = network.deviceOfKey.get(deviceKey);
      if (device === undefined || !isSignal(kind)) return false;
      state = this.#zoneOf(network.firstMeter[device] as number);
      isNew = state?.book.takeSignal({ at, kind }, device) ?? false;
    }
    if (state !== undefined && isNew) state.hasNews = true;
    if (state !== undefined && isNew && kind === 'power_off') {
      for (const zone of this.#gasps.note(at, this.#zones.indexOf(state)))
        (this.#zones[zone] as ZoneState).hasNews = true;
    }
    return isNew;
  }

  /** Judges every zone that has news or to which time makes a difference. Gives the zones judged. */
  judge(nowAt: Instant): readonly JudgedZone[] {
    const now = nowAt / 1e6;
    const judged: JudgedZone[] = [];
    for (const state of this.#zones) {
      if (!this.#isDue(state, now)) continue;
      state.judged = this.#judgeZone(state, now);
      state.hasNews = false;
      state.judgedAt = now;
      judged.push(state.judged);
    }
    return judged;
  }

  /** The last judgement of every zone in which anything was said. */
  zones(): readonly JudgedZone[] {
    return this.#zones.flatMap(({ judged }) => (judged === null ? [] : [judged]));
  }

  /**
   * Database keys of the meters to ping now, and notes that they are asked: one of an incident at a time, when silence has settled and
   * while doubt is left, up to the policy's number.
   */
  takePings(nowAt: Instant): readonly number[] {
    const now = nowAt / 1e6;
    const keys: number[] = [];
    for (const state of this.#zones) {
      const { judged, pings, asked } = state;
      if (judged === null || !this.#heard.meters || now >= state.settlesAt) continue;
      const last = judged.evidence.slots.offs.at(-1);
      if (last === undefined || now - last.to < this.#policy.gaspLatencySeconds[1]) continue;
      const isAsked = (meter: number): boolean =>
        now - (asked.get(meter) ?? Number.NEGATIVE_INFINITY) < PING_AGAIN_SECONDS;
      for (const { incident, meter } of choosePings(judged, this.#policy, isAsked)) {
        const ledger = pings.get(incident) ?? { count: 0, lastAt: Number.NEGATIVE_INFINITY };
        if (now - ledger.lastAt > PING_AGAIN_SECONDS) ledger.count = 0;
        if (ledger.count >= this.#policy.pingsPerIncident || now - ledger.lastAt < PING_ANSWER_SECONDS)
          continue;
        ledger.count++;
        ledger.lastAt = now;
        pings.set(incident, ledger);
        asked.set(meter, now);
        keys.push(this.#site.network.meterKey[meter] as number);
      }
    }
    return keys;
  }

  #isDue(state: ZoneState, now: number): boolean {
    if (state.hasNews) return true;
    if (state.judged === null) return false;
    if (now < state.settlesAt) return true;
    return (
      this.#heard.calls &&
      now - state.judgedAt >= CALLS_EVERY_SECONDS &&
      now < state.settlesAt + CALLS_SETTLE_SECONDS
    );
  }

  #judgeZone(state: ZoneState, now: number): JudgedZone {
    const { zone, book, regimes } = state;
    const slots = findSlots(zone, book, this.#policy);
    const histories = new Histories(slots);
    const evidence = placeEvidence(zone, book, slots, histories, this.#heard, this.#policy, now, (slot) =>
      this.#gasps.share(slot.from, slot.to),
    );
    const beliefs = inferOverRegimes(evidence, regimes);
    const outages = outagesOfZone(zone, this.#site.network, beliefs, slots, this.#policy);
    const last = Math.max(slots.offs.at(-1)?.to ?? 0, slots.ons.at(-1)?.to ?? 0);
    state.settlesAt = last + SETTLING_SECONDS;
    return { zone, evidence, beliefs, outages };
  }

  #zoneOf(meter: number): ZoneState | undefined {
    let low = 0;
    let high = this.#zones.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const state = this.#zones[middle] as ZoneState;
      if (meter < state.zone.from) high = middle - 1;
      else if (meter >= state.zone.to) low = middle + 1;
      else return state;
    }
    return undefined;
  }

  #hear(kind: EvidenceKind, source: SourceType): void {
    const meters = source === 'kaifa' && kind !== 'not_heard';
    const { heard } = { heard: this.#heard };
    if (
      (meters && !heard.meters) ||
      (source === 'onu' && !heard.terminals) ||
      (source === 'call_center' && !heard.calls)
    ) {
      this.#heard = {
        meters: heard.meters || meters,
        terminals: heard.terminals || source === 'onu',
        calls: heard.calls || source === 'call_center',
      };
      for (const state of this.#zones) if (state.judged !== null) state.hasNews = true;
    }
  }
}

function isSignal(kind: EvidenceKind): kind is SignalWord['kind'] {
  return (
    kind === 'switch_open' ||
    kind === 'switch_closed' ||
    kind === 'voltage_lost' ||
    kind === 'voltage_present'
  );
}
