import type { CallKind } from '@lastgasp/model';
import type { DeviceSignalKind } from '../evidence.ts';
import type { Instant } from '../instant.ts';

interface Message {
  /** Numbers the messages of a storm; copies of one have its number. */
  readonly number: number;
  readonly receivedAt: Instant;
  /** Whether only its beginning arrived; nobody can read it. */
  readonly isBroken: boolean;
}

/** What a meter tells; `heard` stands for anything that says nothing of supply. */
export interface SimulatedMeterEvent {
  /** Unlike that of any other event of the storm. */
  readonly number: number;
  /** Position of the meter; -1 for one that the registry does not know. */
  readonly meter: number;
  readonly kind: 'power_off' | 'power_on' | 'phase_voltage' | 'heard';
  /** As the meter's clock stamps it. */
  readonly eventAt: Instant;
  /** When it really happened. */
  readonly causedAt: Instant;
}

/** A message of the head-end with all events that one concentrator collected. */
export interface MeterBatch extends Message {
  readonly source: 'kaifa';
  readonly sentAt: Instant;
  /** Whether it uses IEC 61968-9 codes instead of words. */
  readonly usesCodes: boolean;
  readonly events: readonly SimulatedMeterEvent[];
}

/** A message of a fibre terminal. */
export interface TerminalAlarm extends Message {
  readonly source: 'onu';
  readonly terminal: number;
  readonly kind: 'power_off' | 'power_on';
  readonly eventAt: Instant;
  readonly causedAt: Instant;
}

/** A message of SCADA about a feeder's head, or about the whole substation of a feeder. */
export interface TelemetryAlarm extends Message {
  readonly source: 'scada';
  readonly feeder: number;
  readonly isWholeSubstation: boolean;
  readonly kind: DeviceSignalKind;
  readonly reason: string;
  readonly eventAt: Instant;
  readonly causedAt: Instant;
}

/** By what a caller can be found in the registry; `wrong_number` is a meter number that nobody has. */
export type CallerIdentity = 'meter_number' | 'phone' | 'address' | 'wrong_number';

/** A call, or the closing of its ticket. */
export interface TroubleCall extends Message {
  readonly source: 'call_center';
  readonly ticket: number;
  /** Position of the meter that the caller is taken to speak of; with a wrong number it may not be the caller's. */
  readonly meter: number;
  readonly identity: CallerIdentity;
  readonly says: CallKind;
  /** Chooses the caller's words. */
  readonly words: number;
  readonly status: 'Registered' | 'Restored';
  readonly eventAt: Instant;
  readonly causedAt: Instant;
}

/** One message of a storm, as its provider sends it but for the format. */
export type SimulatedMessage = MeterBatch | TerminalAlarm | TelemetryAlarm | TroubleCall;

/** A message before it is numbered and on its way. */
export type Unnumbered<T extends SimulatedMessage> = Omit<T, 'number' | 'isBroken'>;
