import type { EvidenceKind, SourceType } from '@lastgasp/model';
import type { Instant } from '../instant.ts';
import { meterPosition } from '../network.ts';
import type { TrackingPolicy } from '../policy-tracking.ts';
import { choosePings } from './choose-pings.ts';
import { regimesFor, type ZoneRegimes, zoneRegimes } from './delivery-regimes.ts';
import { EvidenceBook, type SignalWord } from './evidence-book.ts';
import { Histories } from './histories.ts';
import { inferZone, type ZoneBeliefs } from './infer-zone.ts';
import { placeEvidence, type ZoneEvidence } from './node-likelihood.ts';
import { outagesOfZone, type ZoneOutages } from './outages-of-zone.ts';
import { markPlanned, nextPlannedAt } from './planned-outages.ts';
import { SimultaneousGasps, TOGETHER_SECONDS } from './simultaneous-gasps.ts';
import {
  ALL_HEALTHY,
  healthOf,
  NO_CONDITIONS,
  type SiteConditions,
  type SiteHealth,
  worksOfZone,
  type ZoneConditions,
  type ZoneWork,
} from './site-conditions.ts';
import { findSlots, type Slot, type ZoneSlots } from './slots.ts';
import { nextNewsAt } from './source-health.ts';
import { HeardMinutes, type UnheardStretch, withSilence } from './unheard-head-end.ts';
import { buildZones, type TrackingSite, type Zone } from './zone.ts';
import { ZonePast } from './zone-past.ts';
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
  readonly site: TrackingSite;
  readonly zone: Zone;
  readonly regimes: ZoneRegimes;
  /** What was said; grows when more is taken. */
  readonly book: EvidenceBook;
  readonly evidence: ZoneEvidence;
  readonly beliefs: ZoneBeliefs;
  readonly outages: ZoneOutages;
}

interface ZoneInferred {
  readonly evidence: ZoneEvidence;
  readonly beliefs: ZoneBeliefs;
}

interface ZoneState {
  readonly zone: Zone;
  readonly book: EvidenceBook;
  readonly regimes: ZoneRegimes;
  readonly past: ZonePast;
  /** The same under each silence of the head-end that may have been, as they were last weighed. */
  pasts: ReadonlyMap<string, ZonePast>;
  unheard: readonly UnheardStretch[];
  /** Announced work at its devices. */
  works: readonly ZoneWork[];
  judged: JudgedZone | null;
  hasNews: boolean;
  /** Seconds since 1970: when supply last went or came, so that silence after it is about that. */
  settlesFrom: number;
  judgedAt: number;
  readonly pings: Map<number, PingLedger>;
  /** By meter: when it was asked last. */
  readonly asked: Map<number, number>;
}

/** Seconds until a ping is answered or will not be, and after which an incident may be asked about anew. */
const PING_ANSWER_SECONDS = 35;
const PING_AGAIN_SECONDS = 1_800;

/** Seconds after a slot in which messages about it are still awaited. */
const SETTLING_SECONDS = 300;
/** Seconds after a slot at which silence is weighed anew: while gasps come in, and when the last of them and the restores are over. */
const SETTLING_STEPS: readonly number[] = [2, 5, 10, 20, 30, 40, 60, 80, 120, 200, SETTLING_SECONDS];
/** The same afterwards while calls may come: fewer and fewer do. */
const CALLING_STEPS: readonly number[] = [
  360, 420, 510, 630, 780, 960, 1_200, 1_500, 1_900, 2_400, 3_000, 3_900,
];

/**
 * Outages as a pure function of evidence, policy and time, zone by zone: what was taken is a set, and each judgement starts from all of
 * it, so neither order nor repetition of what arrives leaves a trace.
 */
export class OutageTracker {
  readonly #site: TrackingSite;
  readonly #policy: TrackingPolicy;
  readonly #zones: readonly ZoneState[];
  readonly #gasps: SimultaneousGasps;
  readonly #heardMinutes = new HeardMinutes();
  #conditions: SiteConditions = NO_CONDITIONS;
  #health: SiteHealth = ALL_HEALTHY;
  #heard: HeardSources = {
    meters: false,
    terminals: false,
    calls: false,
    meterRestores: false,
    terminalRestores: false,
  };

  constructor(site: TrackingSite, policy: TrackingPolicy) {
    this.#site = site;
    this.#policy = policy;
    this.#gasps = new SimultaneousGasps(site.meters.isSmart.reduce((sum, smart) => sum + smart, 0));
    this.#zones = buildZones(site, policy).map((zone) => ({
      zone,
      book: new EvidenceBook(),
      regimes: zoneRegimes(zone, policy),
      past: new ZonePast(),
      pasts: new Map(),
      unheard: [],
      works: [],
      judged: null,
      hasNews: false,
      settlesFrom: Number.NEGATIVE_INFINITY,
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
      if (source.type === 'kaifa' && kind !== 'not_heard' && this.#heardMinutes.note(at))
        this.#doubtSilences(at);
    } else if (deviceKey !== null) {
      const device = network.deviceOfKey.get(deviceKey);
      if (device === undefined || !isSignal(kind)) return false;
      state = this.#zoneOf(network.firstMeter[device] as number);
      isNew = state?.book.takeSignal({ at, kind }, device) ?? false;
    }
    if (state !== undefined && isNew) {
      state.hasNews = true;
      forget(state, kind === 'power_off' ? at - TOGETHER_SECONDS : at);
    }
    if (state !== undefined && isNew && kind === 'power_off') {
      for (const zone of this.#gasps.note(at, this.#zones.indexOf(state))) {
        const other = this.#zones[zone] as ZoneState;
        other.hasNews = true;
        forget(other, at - TOGETHER_SECONDS);
      }
    }
    return isNew;
  }

  /** Takes the instants of all calls from a meter that stand: a later message may make one none, or another meter's. */
  setCalls(meterKey: number, calls: readonly Instant[]): void {
    const meter = meterPosition(this.#site.network, meterKey);
    const state = meter < 0 ? undefined : this.#zoneOf(meter);
    if (state === undefined) return;
    const changed = state.book.setCalls(
      calls.map((at) => at / 1e6),
      meter,
    );
    if (changed === null) return;
    if (calls.length > 0) this.#hear('no_supply_call', 'call_center');
    state.hasNews = true;
    forget(state, changed);
  }

  /** Takes what is announced and what is wrong with the providers, instead of what was known of it before. */
  setConditions(conditions: SiteConditions): void {
    if (isSame(conditions, this.#conditions)) return;
    this.#conditions = conditions;
    const { works, providers } = conditions;
    const health = healthOf(providers);
    const isOtherHealth = !isSame(health, this.#health);
    this.#health = health;
    for (const state of this.#zones) {
      const own = worksOfZone(works, state.zone, this.#site.network, this.#policy);
      if (!isOtherHealth && isSame(own, state.works)) continue;
      state.works = own;
      forget(state, Number.NEGATIVE_INFINITY);
      if (state.judged !== null) state.hasNews = true;
    }
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

  /** When time alone next changes what is believed; null where nothing is awaited. */
  nextDueAt(): Instant | null {
    let least = Number.POSITIVE_INFINITY;
    for (const state of this.#zones) least = Math.min(least, this.#dueAt(state));
    return least === Number.POSITIVE_INFINITY ? null : Math.ceil(least * 1e6);
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
      if (judged === null || !this.#heard.meters || now >= state.settlesFrom + SETTLING_SECONDS) continue;
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
    return state.hasNews || this.#dueAt(state) <= now;
  }

  /** Seconds since 1970 at which time alone changes next what is believed of a zone; infinite where nothing is awaited. */
  #dueAt({ judged, judgedAt, settlesFrom, works }: ZoneState): number {
    if (judged === null) return Number.POSITIVE_INFINITY;
    const steps = this.#heard.calls ? [...SETTLING_STEPS, ...CALLING_STEPS] : SETTLING_STEPS;
    const step = steps.find((seconds) => settlesFrom + seconds > judgedAt);
    return Math.min(
      step === undefined ? Number.POSITIVE_INFINITY : settlesFrom + step,
      nextPlannedAt(judged.outages.open, works, judgedAt),
      nextNewsAt(Object.values(this.#health), settlesFrom, judgedAt, SETTLING_STEPS),
    );
  }

  #judgeZone(state: ZoneState, now: number): JudgedZone {
    const { zone, book, regimes, works } = state;
    const slots = findSlots(zone, book, this.#policy);
    const { evidence, beliefs } = this.#weighSilences(state, slots, now);
    const outages = markPlanned(outagesOfZone(evidence, this.#site.network, beliefs), works, now);
    state.settlesFrom = Math.max(slots.offs.at(-1)?.to ?? 0, slots.ons.at(-1)?.to ?? 0);
    return { site: this.#site, zone, regimes, book, evidence, beliefs, outages };
  }

  /** The beliefs about a zone; where the head-end told nothing of anybody when telemetry told of an opening, with it silent if that is likelier. */
  #weighSilences(state: ZoneState, slots: ZoneSlots, now: number): ZoneInferred {
    const { gaspLatencySeconds, headEndSilent } = this.#policy;
    state.unheard = this.#heard.meters
      ? this.#heardMinutes.stretchesAround(slots, gaspLatencySeconds[1], now)
      : [];
    let conditions: ZoneConditions = { health: this.#health, works: state.works };
    let found = this.#infer(state, slots, now, conditions, state.past);
    const pasts = new Map<string, ZonePast>();
    for (const stretch of state.unheard) {
      const other = withSilence(conditions, stretch);
      const key = JSON.stringify(other.health.meters.mute);
      const past = state.pasts.get(key) ?? new ZonePast();
      pasts.set(key, past);
      const silent = this.#infer(state, slots, now, other, past);
      const gain = silent.beliefs.logEvidence - found.beliefs.logEvidence;
      if (gain <= Math.log((1 - headEndSilent) / headEndSilent)) continue;
      conditions = other;
      found = silent;
    }
    state.pasts = pasts;
    return found;
  }

  #infer(
    { zone, book, regimes }: ZoneState,
    slots: ZoneSlots,
    now: number,
    conditions: ZoneConditions,
    past: ZonePast,
  ): ZoneInferred {
    const histories = new Histories(slots);
    const own = regimesFor(regimes, this.#heard);
    const outElsewhere = (slot: Slot): number => this.#gasps.share(slot.from, slot.to);
    const evidence = placeEvidence(
      zone,
      book,
      slots,
      histories,
      this.#heard,
      this.#policy,
      now,
      outElsewhere,
      conditions,
    );
    const beliefs = inferZone(
      evidence,
      own,
      past.statesBefore({
        zone,
        book,
        slots,
        heard: this.#heard,
        policy: this.#policy,
        regimes: own,
        outElsewhere,
        conditions,
      }),
    );
    return { evidence, beliefs };
  }

  /** The head-end told something of a minute of which it had told nothing: whoever was judged by that silence is judged anew. */
  #doubtSilences(at: number): void {
    for (const state of this.#zones)
      if (state.unheard.some(({ from, to }) => at >= from - 60 && at <= to + 60)) state.hasNews = true;
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
    const known = this.#heard;
    const isMeter = source === 'kaifa' && kind !== 'not_heard';
    const heard: HeardSources = {
      meters: known.meters || isMeter,
      terminals: known.terminals || source === 'onu',
      calls: known.calls || source === 'call_center',
      meterRestores: known.meterRestores || (isMeter && kind === 'power_on'),
      terminalRestores: known.terminalRestores || (source === 'onu' && kind === 'power_on'),
    };
    const isNews = (Object.keys(heard) as (keyof HeardSources)[]).some((key) => heard[key] !== known[key]);
    if (!isNews) return;
    this.#heard = heard;
    for (const state of this.#zones) {
      forget(state, Number.NEGATIVE_INFINITY);
      if (state.judged !== null) state.hasNews = true;
    }
  }
}

/** Forgets what was concluded from evidence at or after an instant. */
function forget({ past, pasts }: ZoneState, from: number): void {
  past.forget(from);
  for (const other of pasts.values()) other.forget(from);
}

/** Whether two values of plain data are alike. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isSignal(kind: EvidenceKind): kind is SignalWord['kind'] {
  return (
    kind === 'switch_open' ||
    kind === 'switch_closed' ||
    kind === 'voltage_lost' ||
    kind === 'voltage_present'
  );
}
