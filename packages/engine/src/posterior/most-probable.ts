import { logPair } from './log-space.ts';
import { SOURCE } from './posterior-forest.ts';
import type { PosteriorTree } from './posterior-tree.ts';

/** A joint state of all devices, as what it interrupts. */
export interface JointState {
  /** Devices that are open with an energised supply side, in the order of the tree. */
  readonly interrupting: readonly number[];
  /** log P(this state, all evidence); minus the log evidence it is the state's posterior probability. */
  readonly logProbability: number;
}

/** The messages of the leaves with the likelier state of each meter's own service in the place of both (`meterMaximum`). */
export interface LeafMaxima {
  readonly logOn: Float64Array;
  readonly logOff: Float64Array;
}

/**
 * Two states count as equally probable within this share of their log probability: two sums of the same terms in another order
 * must not decide.
 */
const TIE = 1e-12;

/**
 * The most probable joint state, max-product over the whole forest; null where the evidence contradicts itself. Without
 * `maxima` the leaves' own messages are taken: then it is the most probable state of the devices, whatever the services do.
 *
 * Where two states are equally probable, going down from the source each device is rather closed than open: of devices that
 * the evidence cannot tell apart the one furthest downstream interrupts. O(devices + leaves).
 */
export function mostProbableState(tree: PosteriorTree, maxima?: LeafMaxima): JointState | null {
  const { parent, leafDevice } = tree.forest;
  const leafOn = (leaf: number) =>
    maxima === undefined ? tree.leafMessage(leaf).logOn : (maxima.logOn[leaf] as number);
  const leafOff = (leaf: number) =>
    maxima === undefined ? tree.leafMessage(leaf).logOff : (maxima.logOff[leaf] as number);

  // Ratios as in the tree. Without anything to take back plain addition is right: infinities of both signs give NaN.
  const below = new Float64Array(tree.deviceCount);
  for (let leaf = 0; leaf < tree.leafCount; leaf++) {
    const device = leafDevice[leaf] as number;
    if (device !== SOURCE) below[device] = (below[device] as number) + (leafOn(leaf) - leafOff(leaf));
  }
  const isOpen = new Uint8Array(tree.deviceCount);
  for (let device = tree.deviceCount - 1; device >= 0; device--) {
    const { logOpen, logClosed, logOff, logOn } = ownTerms(tree, device);
    const deadSwitch = Math.max(logOpen, logClosed);
    const open = logOpen - deadSwitch;
    const closed = logClosed - deadSwitch + (below[device] as number) + (logOn - logOff);
    const ratio = Math.max(open, closed);
    const tie = Number.isFinite(ratio) ? TIE * Math.max(1, Math.abs(ratio)) : 0;
    isOpen[device] = open > closed + tie ? 1 : 0;
    const above = parent[device] as number;
    if (above !== SOURCE) below[above] = (below[above] as number) + ratio;
  }

  const interrupting: number[] = [];
  const isLive = new Uint8Array(tree.deviceCount);
  let logProbability = 0;
  for (let device = 0; device < tree.deviceCount; device++) {
    const { logOpen, logClosed, logOff, logOn } = ownTerms(tree, device);
    const above = parent[device] as number;
    if (above !== SOURCE && isLive[above] === 0) {
      logProbability += Math.max(logOpen, logClosed) + logOff;
    } else if (isOpen[device] === 1) {
      interrupting.push(device);
      logProbability += logOpen + logOff;
    } else {
      isLive[device] = 1;
      logProbability += logClosed + logOn;
    }
  }
  for (let leaf = 0; leaf < tree.leafCount; leaf++) {
    const device = leafDevice[leaf] as number;
    logProbability += device === SOURCE || isLive[device] === 1 ? leafOn(leaf) : leafOff(leaf);
  }
  return logProbability > Number.NEGATIVE_INFINITY ? { interrupting, logProbability } : null;
}

function ownTerms(tree: PosteriorTree, device: number) {
  const inputs = tree.deviceInputs(device);
  const [logPrior, logRest] = logPair(inputs.prior);
  return {
    logOpen: logPrior + inputs.logOpen,
    logClosed: logRest + inputs.logClosed,
    logOff: inputs.logDeenergized,
    logOn: inputs.logEnergized,
  };
}
