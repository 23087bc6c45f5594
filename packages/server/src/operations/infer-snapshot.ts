import {
  type Contradiction,
  customersInterval,
  meterMaximum,
  meterMessage,
  mostProbableState,
  PosteriorTree,
  SOURCE,
  type StateEvidence,
} from '@lastgasp/engine';
import {
  err,
  type LogLikelihood,
  ok,
  type PosteriorAnswer,
  type PosteriorSnapshot,
  type Result,
  type SnapshotDevice,
  type SnapshotMeter,
  type StateLikelihoods,
} from '@lastgasp/model';
import { quoted } from '../ingest/reading/reject.ts';

/** The share of the probability that `expectedCustomersOutInterval` holds at least. */
const COVERAGE = 0.8;

/**
 * What is believed of a snapshot that `readSnapshot` gave, exactly (docs/infer.md). The error says where the evidence contradicts
 * itself, so that no state of the network explains it.
 */
export function inferSnapshot(snapshot: PosteriorSnapshot): Result<PosteriorAnswer, readonly string[]> {
  const { devices, meters } = snapshot;
  const order = preorder(devices);
  const placeOf = new Map(order.map((index, place) => [(devices[index] as SnapshotDevice).id, place]));
  const placeAbove = (parent: string | null): number =>
    parent === null ? SOURCE : (placeOf.get(parent) as number);
  const inOrder = order.map((index) => devices[index] as SnapshotDevice);

  const tree = new PosteriorTree(
    {
      parent: Int32Array.from(inOrder, ({ parent }) => placeAbove(parent)),
      leafDevice: Int32Array.from(meters, ({ parent }) => placeAbove(parent)),
      customers: Int32Array.from(meters, ({ customers }) => customers ?? 1),
    },
    Float64Array.from(inOrder, ({ prior }) => prior),
  );
  for (const [place, { switchEvidence, voltageEvidence }] of inOrder.entries()) {
    if (switchEvidence) tree.setSwitch(place, toNumber(switchEvidence.open), toNumber(switchEvidence.closed));
    if (voltageEvidence) {
      const { deenergized, energized } = toEvidence(voltageEvidence);
      tree.setVoltage(place, deenergized, energized);
    }
  }
  const { columns, maxima, serviceOut } = meterColumns(meters);
  tree.setAllLeaves(columns);

  const customersOut = tree.customersOut();
  const interval = customersInterval(tree, SOURCE, { coverage: COVERAGE });
  const state = mostProbableState(tree, maxima);
  if (customersOut === null || interval === null || state === null) {
    return err(tree.contradictions().map((at) => describeContradiction(at, snapshot, order)));
  }

  const open = new Float64Array(devices.length);
  const interrupting = new Float64Array(devices.length);
  const deenergized = new Float64Array(devices.length);
  const leafDeenergized = new Float64Array(meters.length);
  tree.sweep({ open, interrupting, deenergized, leafDeenergized });
  const isProbable = new Set(state.interrupting);
  const places = devices.map(({ id }) => placeOf.get(id) as number);
  return ok({
    logEvidence: tree.logEvidence(),
    expectedCustomersOut: customersOut.mean,
    expectedCustomersOutInterval: [interval[0], interval[1]],
    devices: places.map((place, index) => ({
      id: (devices[index] as SnapshotDevice).id,
      pOpen: open[place] as number,
      pInterrupting: interrupting[place] as number,
      pDeenergized: deenergized[place] as number,
    })),
    meters: meters.map(({ id }, m) => {
      const supplyDead = leafDeenergized[m] as number;
      return { id, pDeenergized: supplyDead + (1 - supplyDead) * (serviceOut[m] as number) };
    }),
    mostProbable: devices.filter((_, index) => isProbable.has(places[index] as number)).map(({ id }) => id),
  });
}

function meterColumns(meters: readonly SnapshotMeter[]) {
  const column = () => new Float64Array(meters.length);
  const columns = { logOn: column(), logOff: column(), meanOut: column(), varianceOut: column() };
  const maxima = { logOn: column(), logOff: column() };
  const serviceOut = column();
  for (const [m, { prior, evidence, customers = 1 }] of meters.entries()) {
    const likelihoods = evidence ? toEvidence(evidence) : { energized: 0, deenergized: 0 };
    const message = meterMessage(prior, likelihoods);
    columns.logOn[m] = message.logOn;
    columns.logOff[m] = message.logOff;
    columns.meanOut[m] = customers * message.serviceOut;
    columns.varianceOut[m] = customers ** 2 * message.serviceOut * (1 - message.serviceOut);
    const maximum = meterMaximum(prior, likelihoods);
    maxima.logOn[m] = maximum.logOn;
    maxima.logOff[m] = maximum.logOff;
    serviceOut[m] = message.serviceOut;
  }
  return { columns, maxima, serviceOut };
}

function toEvidence({ energized, deenergized }: StateLikelihoods): StateEvidence {
  return { energized: toNumber(energized), deenergized: toNumber(deenergized) };
}

function toNumber(likelihood: LogLikelihood): number {
  return likelihood === '-Infinity' ? Number.NEGATIVE_INFINITY : likelihood;
}

/** The indices of the devices in preorder, siblings as they are listed. Every parent must be there, and none in a ring. */
function preorder(devices: readonly SnapshotDevice[]): number[] {
  const below = new Map<string | null, number[]>();
  for (const [index, { parent }] of devices.entries()) {
    const siblings = below.get(parent);
    if (siblings === undefined) below.set(parent, [index]);
    else siblings.push(index);
  }
  const order: number[] = [];
  const stack = (below.get(null) ?? []).toReversed();
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    order.push(index);
    const children = below.get((devices[index] as SnapshotDevice).id) ?? [];
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i] as number);
  }
  return order;
}

function describeContradiction(
  at: Contradiction,
  { devices, meters }: PosteriorSnapshot,
  order: readonly number[],
): string {
  if (at.kind === 'leaf') {
    const id = quoted((meters[at.leaf] as SnapshotMeter).id);
    return `meters[${at.leaf}]: no state of meter ${id} and its supply explains what was observed there`;
  }
  const index = order[at.device] as number;
  const id = quoted((devices[index] as SnapshotDevice).id);
  return `devices[${index}]: no combination of open and closed explains what was observed at ${id} and below it`;
}
