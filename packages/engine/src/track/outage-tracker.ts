import type { EvidenceKind, SourceType } from '@lastgasp/model';
import type { Instant } from '../instant.ts';
import { meterPosition } from '../network.ts';
import type { TrackingPolicy } from '../policy-tracking.ts';
import { PingFinder } from './choose-pings.ts';
import { regimesFor, type ZoneRegimes, zoneRegimes } from './delivery-regimes.ts';
import { EvidenceBook, type SignalWord, type TrackedEvidence, type WitnessWords } from './evidence-book.ts';
import { type ZoneBeliefs, ZoneInference } from './infer-zone.ts';
import { NodeNews } from './node-news.ts';
import { OutageMemory } from './outage-memory.ts';
import { outagesOfZone, type ZoneOutages } from './outages-of-zone.ts';
import type { EarlierStates } from './own-spells.ts';
import { PlacedEvidence, type ZoneCase, type ZoneEvidence } from './place-evidence.ts';
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
} from './site-conditions.ts';
import { findSlots, type Slot, type ToldDevice, tellDevices, type ZoneSlots } from './slots.ts';
import { nextNewsAt } from './source-health.ts';
import { HeardMinutes, type UnheardStretch, withSilence } from './unheard-head-end.ts';
import { nextStepAt, SETTLING_SECONDS, waitingSteps } from './waiting-steps.ts';
import { buildZones, type TrackingSite, type Zone } from './zone.ts';
import { ZonePast } from './zone-past.ts';
import { ZonePings } from './zone-pings.ts';
import type { HeardSources } from './zone-silence.ts';
import { ZoneTimes } from './zone-times.ts';

/** A row of the evidence log as the tracker reads it; exactly one of the two keys is given. */
export interface TrackerRecord {
  readonly kind: EvidenceKind;
  readonly eventAt: Instant;
  readonly source: { readonly type: SourceType };
  readonly meterKey: number | null;
  readonly deviceKey: number | null;
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
  /** What was worked out of the zone's outages before. */
  readonly memory: OutageMemory;
  /** Meters worth asking, whoever was asked already; worked out once, however many outages are explained. */
  readonly pings: () => PingFinder;
}

/** What is kept of a zone's inference from one judgement to the next. */
interface ZoneThought {
  readonly evidence: PlacedEvidence;
  readonly inference: ZoneInference;
  /** What it rests on beside the evidence. */
  readonly heard: HeardSources;
  readonly conditions: ZoneConditions;
  readonly earlier: EarlierStates | null;
}

interface ZoneInferred {
  readonly evidence: ZoneEvidence;
  readonly beliefs: ZoneBeliefs;
}

interface ZoneState {
  readonly number: number;
  readonly zone: Zone;
  book: EvidenceBook;
  memory: OutageMemory;
  times: ZoneTimes;
  readonly regimes: ZoneRegimes;
  readonly past: ZonePast;
  /** The same under each silence of the head-end that may have been, as they were last weighed. */
  silentPasts: ReadonlyMap<string, ZonePast>;
  unheard: readonly UnheardStretch[];
  conditions: ZoneConditions;
  /** What telemetry told; null where it told something since that was put together. */
  told: readonly ToldDevice[] | null;
  /** Null where everything is to be thought anew. */
  thought: ZoneThought | null;
  /** Nodes at which something was said since. */
  readonly newsAt: Set<number>;
  judged: JudgedZone | null;
  hasNews: boolean;
  /** Others gasped together with some of the zone, which may make gasps there likelier. */
  hasCompany: boolean;
  /** Seconds since 1970: when supply last went or came, so that silence after it is about that. */
  settlesFrom: number;
  judgedAt: number;
  /** When time alone changes next what silence tells. */
  weighsAt: number;
  readonly pings: ZonePings;
}

/** Steps in which news of late sources are weighed, after their lag. */
const LATE_STEPS = waitingSteps(false).offs;

/** Histories that a zone's inference numbers before it starts anew: those of slots that are others now are never asked for again. */
const MOST_HISTORIES = 5_000;

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
    this.#zones = buildZones(site, policy).map((zone, number) => ({
      number,
      zone,
      book: new EvidenceBook(),
      pings: new ZonePings(policy),
      memory: new OutageMemory(new NodeNews(zone, site)),
      times: new ZoneTimes(zone, policy),
      regimes: zoneRegimes(zone, policy),
      past: new ZonePast(),
      silentPasts: new Map(),
      unheard: [],
      conditions: { health: ALL_HEALTHY, works: [] },
      told: [],
      thought: null,
      newsAt: new Set(),
      judged: null,
      hasNews: false,
      hasCompany: false,
      settlesFrom: Number.NEGATIVE_INFINITY,
      judgedAt: Number.NEGATIVE_INFINITY,
      weighsAt: Number.POSITIVE_INFINITY,
    }));
  }

  /** Takes one piece of evidence; false where it tells nothing new. */
  take({ kind, eventAt, source, meterKey, deviceKey }: TrackerRecord): boolean {
    const at = eventAt / 1e6;
    if (meterKey !== null) return this.#takeWord({ kind, at, source: source.type }, meterKey);
    const { network } = this.#site;
    const device = deviceKey === null ? undefined : network.deviceOfKey.get(deviceKey);
    if (device === undefined || !isSignal(kind)) return false;
    const state = this.#zoneOf(network.firstMeter[device] as number);
    if (state?.book.takeSignal({ at, kind }, device) !== true) return false;
    state.told = null;
    state.hasNews = true;
    forget(state, at);
    return true;
  }

  #takeWord(said: TrackedEvidence, meterKey: number): boolean {
    const { network, meters } = this.#site;
    const { kind, at, source } = said;
    const meter = meterPosition(network, meterKey);
    const state = meter < 0 ? undefined : this.#zoneOf(meter);
    if (state === undefined) return false;
    const { zone, book, times } = state;
    const terminal = meters.terminal[meter] as number;
    const isNew = book.takeMeter(said, meter, terminal);
    this.#hear(kind, source);
    if (source === 'kaifa' && kind !== 'not_heard' && this.#heardMinutes.note(at)) this.#doubtSilences(at);
    if (!isNew) return false;
    const isTerminals = source === 'onu' && terminal >= 0;
    const words = (isTerminals ? book.terminals.get(terminal) : book.meters.get(meter)) as WitnessWords;
    const node = isTerminals
      ? (zone.nodeOfTerminal.get(terminal) as number)
      : (zone.nodeOfMeter[meter - zone.from] as number);
    if (kind === 'power_off') times.takeOff(words, at, node, isTerminals);
    else if (kind === 'power_on' || (kind === 'heard' && isTerminals)) times.takeOn(words, at, isTerminals);
    else if (kind === 'no_supply_call') times.takeCall(at, node);
    state.newsAt.add(node);
    state.memory.news.note(meter, isTerminals);
    state.hasNews = true;
    forget(state, kind === 'power_off' ? at - TOGETHER_SECONDS : at);
    if (kind === 'power_off') {
      for (const zone of this.#gasps.note(at, state.number)) {
        const other = this.#zones[zone] as ZoneState;
        other.hasCompany = true;
      }
    }
    return true;
  }

  /** Takes the instants of all calls from a meter that stand: a later message may make one none, or another meter's. */
  setCalls(meterKey: number, calls: readonly Instant[]): void {
    const meter = meterPosition(this.#site.network, meterKey);
    const state = meter < 0 ? undefined : this.#zoneOf(meter);
    if (state === undefined) return;
    const before = [...(state.book.meters.get(meter)?.calls ?? [])];
    const changed = state.book.setCalls(
      calls.map((at) => at / 1e6),
      meter,
    );
    if (changed === null) return;
    const node = state.zone.nodeOfMeter[meter - state.zone.from] as number;
    state.times.dropCalls(before, node);
    for (const at of state.book.meters.get(meter)?.calls ?? []) state.times.takeCall(at, node);
    if (calls.length > 0) this.#hear('no_supply_call', 'call_center');
    state.newsAt.add(node);
    state.hasNews = true;
    forget(state, changed);
  }

  /**
   * Forgets what was said before an instant, by event time: what began earlier is settled then. Without it a tracker that runs for weeks
   * would hold all of them, and weigh them at each word.
   */
  forgetBefore(instant: Instant): void {
    const from = instant / 1e6;
    this.#gasps.forgetBefore(from);
    for (const state of this.#zones) {
      const book = state.book.since(from);
      if (book === state.book) continue;
      state.book = book;
      state.memory = new OutageMemory(new NodeNews(state.zone, this.#site));
      state.times = ZoneTimes.of(state.zone, book, this.#policy);
      state.told = null;
      state.thought = null;
      state.hasNews = true;
      forget(state, Number.NEGATIVE_INFINITY);
    }
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
      if (!isOtherHealth && isSame(own, state.conditions.works)) continue;
      state.conditions = { health, works: own };
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

  /**
   * When time alone next changes what is believed; null where nothing is awaited. Whole seconds, so that in a storm one look does for what
   * many slots wait for.
   */
  nextDueAt(): Instant | null {
    let least = Number.POSITIVE_INFINITY;
    for (const state of this.#zones) least = Math.min(least, this.#dueAt(state));
    return least === Number.POSITIVE_INFINITY ? null : Math.ceil(least) * 1e6;
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
      const { judged, book, pings, settlesFrom } = state;
      if (judged === null || !this.#heard.meters || now >= settlesFrom + SETTLING_SECONDS) continue;
      for (const meter of pings.take(judged, book, now))
        keys.push(this.#site.network.meterKey[meter] as number);
    }
    return keys;
  }

  #isDue(state: ZoneState, now: number): boolean {
    return state.hasNews || this.#dueAt(state) <= now || this.#hasOtherCompany(state);
  }

  /** Whether more gasped together with some of a zone than it was judged by. */
  #hasOtherCompany(state: ZoneState): boolean {
    if (!state.hasCompany || state.judged === null) return false;
    state.hasCompany = false;
    const { slots, meters } = state.judged.evidence;
    const other = slots.offs.find(
      (slot, i) => this.#policy.misplacedShare * this.#outElsewhere(slot) !== meters.misplaced[i],
    );
    if (other === undefined) return false;
    forget(state, other.from - TOGETHER_SECONDS);
    return true;
  }

  /** Share of the site's meters, 0 to 1, that gasped at the time of a slot, to the nearest power of two: its size is what matters. */
  #outElsewhere({ from, to }: Slot): number {
    const share = this.#gasps.share(from, to);
    return share === 0 ? 0 : 2 ** Math.round(Math.log2(share));
  }

  /** Seconds since 1970 at which time alone changes next what is believed of a zone; infinite where nothing is awaited. */
  #dueAt({ judged, judgedAt, settlesFrom, weighsAt, conditions }: ZoneState): number {
    if (judged === null) return Number.POSITIVE_INFINITY;
    return Math.min(
      weighsAt,
      nextPlannedAt(judged.outages.open, conditions.works, judgedAt),
      nextNewsAt(Object.values(this.#health), settlesFrom, judgedAt, LATE_STEPS),
    );
  }

  #judgeZone(state: ZoneState, now: number): JudgedZone {
    const { zone, book, times, regimes, conditions } = state;
    const isToldSame = state.told !== null;
    state.told ??= tellDevices(zone, book, this.#policy);
    const slots = findSlots(times, state.told, this.#policy);
    const { evidence, beliefs } = this.#weighSilences(state, slots, now, isToldSame);
    state.newsAt.clear();
    state.hasCompany = false;
    const outages = markPlanned(outagesOfZone(evidence, this.#site.network, beliefs), conditions.works, now);
    const { offs, ons } = slots;
    state.settlesFrom = Math.max(offs.at(-1)?.to ?? 0, ons.at(-1)?.to ?? 0);
    const steps = waitingSteps(this.#heard.calls);
    state.weighsAt = Number.POSITIVE_INFINITY;
    for (const slot of offs) state.weighsAt = Math.min(state.weighsAt, nextStepAt(slot, now, steps.offs));
    for (const slot of ons) state.weighsAt = Math.min(state.weighsAt, nextStepAt(slot, now, steps.ons));
    let pings: PingFinder | null = null;
    const judged: JudgedZone = {
      site: this.#site,
      zone,
      regimes,
      book,
      evidence,
      beliefs,
      outages,
      memory: state.memory,
      pings: () => {
        pings ??= new PingFinder(judged, this.#policy, () => false);
        return pings;
      },
    };
    return judged;
  }

  /** The beliefs about a zone; where the head-end told nothing of anybody when telemetry told of an opening, with it silent if that is likelier. */
  #weighSilences(state: ZoneState, slots: ZoneSlots, now: number, isToldSame: boolean): ZoneInferred {
    const { gaspLatencySeconds, headEndSilent } = this.#policy;
    state.unheard = this.#heard.meters
      ? this.#heardMinutes.stretchesAround(slots, gaspLatencySeconds[1], now)
      : [];
    const usual = this.#caseOf(state, slots, now, state.conditions);
    let found = this.#think(state, usual, isToldSame);
    let { conditions } = state;
    const pasts = new Map<string, ZonePast>();
    for (const stretch of state.unheard) {
      const other = withSilence(conditions, stretch);
      const key = JSON.stringify(other.health.meters.mute);
      const past = state.silentPasts.get(key) ?? new ZonePast();
      pasts.set(key, past);
      const zoneCase = this.#caseOf(state, slots, now, other);
      const evidence = new PlacedEvidence(zoneCase);
      const inference = new ZoneInference(evidence, zoneCase.regimes, past.statesBefore(zoneCase));
      const silent = { evidence, beliefs: inference.believe() };
      const gain = silent.beliefs.logEvidence - found.beliefs.logEvidence;
      if (gain <= Math.log((1 - headEndSilent) / headEndSilent)) continue;
      conditions = other;
      found = silent;
    }
    state.silentPasts = pasts;
    return found;
  }

  #caseOf(state: ZoneState, slots: ZoneSlots, now: number, conditions: ZoneConditions): ZoneCase {
    return {
      zone: state.zone,
      book: state.book,
      slots,
      heard: this.#heard,
      policy: this.#policy,
      regimes: regimesFor(state.regimes, this.#heard),
      outElsewhere: (slot) => this.#outElsewhere(slot),
      conditions,
      now,
    };
  }

  /** The beliefs about a zone from everything that is known by now; what was worked out before and still holds is kept. */
  #think(state: ZoneState, zoneCase: ZoneCase, isToldSame: boolean): ZoneInferred {
    const { conditions, newsAt, thought } = state;
    const earlier = state.past.statesBefore(zoneCase);
    const isKept =
      thought !== null &&
      isToldSame &&
      thought.heard === this.#heard &&
      thought.conditions === conditions &&
      thought.earlier === earlier &&
      thought.evidence.histories.count < MOST_HISTORIES;
    const changes = isKept ? thought.evidence.follow(zoneCase, newsAt) : null;
    if (isKept && changes !== null) {
      thought.inference.change(changes);
      return { evidence: thought.evidence, beliefs: thought.inference.believe() };
    }
    const evidence = new PlacedEvidence(zoneCase);
    const inference = new ZoneInference(evidence, zoneCase.regimes, earlier);
    state.thought = { evidence, inference, heard: this.#heard, conditions, earlier };
    return { evidence, beliefs: inference.believe() };
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
function forget({ past, silentPasts }: ZoneState, from: number): void {
  past.forget(from);
  for (const other of silentPasts.values()) other.forget(from);
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
