import { type DeviceRecord, formatInstant, type Instant, type OutageState } from '@lastgasp/engine';
import type { SourceType } from '@lastgasp/model';

const SOURCE_NAMES: Readonly<Record<SourceType, string>> = {
  scada: 'SCADA',
  onu: 'fibre terminals',
  kaifa: 'meters',
  call_center: 'callers',
  system: 'the house',
};

/** A device as an operator says it. */
export function nameDevice(device: DeviceRecord): string {
  if (device.kind === 'substation') return `substation ${device.code}`;
  // An implied head stands under its feeder's own code.
  if (device.isFeederHead) return `feeder ${device.isImplied ? '' : `${device.kind} `}${device.code}`;
  return `${device.kind.replace('_', ' ')} ${device.code}`;
}

/** The device of an outage, or the one meter whose service is out, as an operator says it. */
export function nameTarget(target: {
  readonly device: DeviceRecord;
  readonly meterNumber: string | null;
}): string {
  return target.meterNumber === null
    ? nameDevice(target.device)
    : `the service of meter ${target.meterNumber}`;
}

/** Why an outage is believed, in a sentence: how sure it is, and which kinds of source speak for it; and whether it was announced. */
export function describeReason(
  target: { readonly device: DeviceRecord; readonly meterNumber: string | null },
  { confidence, isPlanned }: Pick<OutageState, 'confidence' | 'isPlanned'>,
  sources: Readonly<Partial<Record<SourceType, number>>>,
): string {
  const told = Object.entries(sources)
    .filter(([, count]) => count > 0)
    .map(([source, count]) => `${count} from ${SOURCE_NAMES[source as SourceType]}`);
  const said = told.length === 0 ? 'nothing that is kept' : told.join(', ');
  const reason = `${capital(nameTarget(target))} is held to be open with ${percent(confidence)} confidence; for it speak ${said}.`;
  return isPlanned ? `${reason} Announced work explains it.` : reason;
}

/** What is new about an outage, in a sentence, with the word that the timeline has for it. */
export interface ChangeDescription {
  readonly type:
    | 'detected'
    | 'reopened'
    | 'evidence_joined'
    | 'customers_changed'
    | 'partially_restored'
    | 'restored'
    | 'corrected'
    | 'replaced'
    | 'withdrawn';
  readonly description: string;
}

/** An outage that opened, or stands for itself again. */
export function describeOpened(
  name: string,
  outage: OutageState,
  wasReplaced: boolean,
): readonly ChangeDescription[] {
  const since = `${customers(outage.customers)} at ${name} without supply since ${formatInstant(outage.startedAt)}`;
  const opened: ChangeDescription = wasReplaced
    ? { type: 'reopened', description: `An outage of its own after all: ${since}.` }
    : {
        type: 'detected',
        description: `${capital(since)}${outage.isPlanned ? ', as announced work explains' : ''}.`,
      };
  return outage.endedAt === null ? [opened] : [opened, describeClosed(name, outage)];
}

/** An outage that ended. */
export function describeClosed(name: string, outage: OutageState): ChangeDescription {
  const endedAt = outage.endedAt as Instant;
  const lasted = describeSpan(endedAt - outage.startedAt);
  const kind = outage.isMomentary ? ', momentary' : '';
  return {
    type: 'restored',
    description: `Supply is back at ${name} since ${formatInstant(endedAt)}, after ${lasted}${kind}; ${customers(outage.customers)} had been interrupted.`,
  };
}

/** An outage that had ended and is open again, since later evidence refutes its end. */
export function describeReopened(name: string, from: OutageState, to: OutageState): ChangeDescription {
  const end = from.endedAt === null ? '' : ` at ${formatInstant(from.endedAt)}`;
  return {
    type: 'reopened',
    description: `Late evidence: supply did not come back at ${name}${end}; ${customersOut(to)}.`,
  };
}

/** An outage that turned out to be part of another one. */
export function describeReplaced(outage: OutageState): ChangeDescription {
  return { type: 'replaced', description: `Earlier evidence makes it part of ${outage.replacedBy}.` };
}

/** An outage that evidence took back. */
export function describeWithdrawn(): ChangeDescription {
  return { type: 'withdrawn', description: 'The evidence is better explained without it.' };
}

/** An outage that goes on, with something about it changed. */
export function describeChanged(from: OutageState, to: OutageState): ChangeDescription {
  if (from.endedAt !== to.endedAt) {
    const end = to.endedAt === null ? 'its end is not known' : `it ended at ${formatInstant(to.endedAt)}`;
    return { type: 'corrected', description: `Late evidence: ${end}.` };
  }
  if (from.isPlanned !== to.isPlanned) {
    const description = to.isPlanned
      ? `Announced work explains it: ${customersOut(to)}.`
      : `No announced work explains it any more: ${customersOut(to)}.`;
    return { type: 'corrected', description };
  }
  if (from.status !== to.status && to.status === 'partially_restored') {
    return {
      type: 'partially_restored',
      description: `${customersOut(to)}: some are back while the device is not known to be closed.`,
    };
  }
  if (from.customersOutNow !== to.customersOutNow || from.customers !== to.customers) {
    return { type: 'customers_changed', description: `${customersOut(to)}.` };
  }
  if (from.confidence !== to.confidence) {
    return { type: 'evidence_joined', description: `Confidence is now ${percent(to.confidence)}.` };
  }
  return { type: 'corrected', description: `Status is now ${to.status.replace('_', ' ')}.` };
}

/** Evidence that joined and changed nothing else. */
export function describeJoined(events: Readonly<Partial<Record<SourceType, number>>>): ChangeDescription {
  const counts = Object.entries(events).map(
    ([source, count]) => `${count} from ${SOURCE_NAMES[source as SourceType]}`,
  );
  return { type: 'evidence_joined', description: `Further reports: ${counts.join(', ')}.` };
}

function customersOut(outage: OutageState): string {
  return `${outage.customersOutNow} of ${customers(outage.customers)} out`;
}

function customers(count: number): string {
  return count === 1 ? '1 customer' : `${count} customers`;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

function describeSpan(micros: number): string {
  const seconds = Math.round(micros / 1e6);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
