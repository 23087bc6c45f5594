import type { Instant } from '../../instant.ts';
import { meterPosition, metersBelow } from '../../network.ts';
import type { EvidenceRecord } from '../../simulate/evidence-record.ts';
import type { Site } from '../../simulate/site.ts';

/** What meters, callers and telemetry last said, as the rules of products keep it: no reliability, no silence. */
export class ReportBook {
  /** Meters that said they are off, by position, with the event time; none that was heard of since. */
  readonly offAt = new Map<number, Instant>();
  /** Meters whose customers called, with the time of the last call; none that was heard of since. */
  readonly calledAt = new Map<number, Instant>();
  /** Devices that telemetry holds to be open or dead, by index, with the event time. */
  readonly deadAt = new Map<number, Instant>();
  readonly #site: Site;
  readonly #onAt = new Map<number, Instant>();
  readonly #signalAt = new Map<number, Instant>();

  constructor(site: Site) {
    this.#site = site;
  }

  take({ kind, eventAt, meterKey, deviceKey }: EvidenceRecord): void {
    switch (kind) {
      case 'power_off':
        this.#note(this.offAt, meterKey, eventAt);
        break;
      case 'no_supply_call':
        this.#note(this.calledAt, meterKey, eventAt);
        break;
      case 'power_on':
      case 'heard':
        this.#clear(meterPosition(this.#site.network, meterKey as number), eventAt);
        break;
      case 'switch_open':
      case 'voltage_lost':
        this.#signal(deviceKey as number, eventAt, true);
        break;
      case 'switch_closed':
      case 'voltage_present':
        this.#signal(deviceKey as number, eventAt, false);
        break;
      case 'not_heard':
      case 'phase_voltage':
        break;
    }
  }

  #note(told: Map<number, Instant>, meterKey: number | null, at: Instant): void {
    const meter = meterPosition(this.#site.network, meterKey as number);
    if (meter < 0 || (this.#onAt.get(meter) ?? Number.NEGATIVE_INFINITY) >= at) return;
    told.set(meter, Math.max(at, told.get(meter) ?? at));
  }

  #clear(meter: number, at: Instant): void {
    if (meter < 0) return;
    this.#onAt.set(meter, Math.max(at, this.#onAt.get(meter) ?? at));
    for (const told of [this.offAt, this.calledAt]) {
      const since = told.get(meter);
      if (since !== undefined && since <= at) told.delete(meter);
    }
  }

  /** A device that closes brings everyone below it back, as far as products know. */
  #signal(deviceKey: number, at: Instant, isOpen: boolean): void {
    const device = this.#site.network.deviceOfKey.get(deviceKey);
    if (device === undefined || (this.#signalAt.get(device) ?? at) > at) return;
    this.#signalAt.set(device, at);
    if (isOpen) {
      this.deadAt.set(device, this.deadAt.get(device) ?? at);
      return;
    }
    this.deadAt.delete(device);
    const { from, to } = metersBelow(this.#site.network, device);
    for (const told of [this.offAt, this.calledAt]) {
      for (const [meter, since] of told) if (meter >= from && meter < to && since <= at) told.delete(meter);
    }
  }
}
