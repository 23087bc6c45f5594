import { logAddExp, logPair, requireLogLikelihood, requireProbability } from './log-space.ts';

/** Natural logarithms of P(everything observed at a point | its state); no evidence is 0 and 0. */
export interface StateEvidence {
  readonly energized: number;
  readonly deenergized: number;
}

/** What a leaf tells the tree: log P(everything observed there | its supply point's state). */
export interface LeafMessage {
  /** Supply point energised. */
  readonly logOn: number;
  /** Supply point dead. */
  readonly logOff: number;
}

/** A meter's message, with what the tree cannot know: whether the service itself is out. */
export interface MeterMessage extends LeafMessage {
  /** P(the meter's own service is out | its supply point is energised, its evidence). */
  readonly serviceOut: number;
}

/**
 * The message of one meter whose own service is out with probability `prior`: A_m and B_m of docs/infer.md. Throws for what
 * is no probability or no log-likelihood.
 */
export function meterMessage(prior: number, evidence: StateEvidence): MeterMessage {
  const { logOut, logIn } = branches(prior, evidence);
  const logOn = logAddExp(logIn, logOut);
  const serviceOut = logOn === Number.NEGATIVE_INFINITY ? 0 : Math.exp(logOut - logOn);
  return { logOn, logOff: evidence.deenergized, serviceOut };
}

/** The message of one meter to the most probable joint state: the service's likelier state in the place of both. */
export function meterMaximum(prior: number, evidence: StateEvidence): LeafMessage {
  const { logOut, logIn } = branches(prior, evidence);
  return {
    logOn: Math.max(logIn, logOut),
    logOff: evidence.deenergized + Math.max(...logPair(prior)),
  };
}

function branches(prior: number, { energized, deenergized }: StateEvidence) {
  requireProbability(prior);
  requireLogLikelihood(energized);
  requireLogLikelihood(deenergized);
  const [logOut, logIn] = logPair(prior);
  return { logOut: logOut + deenergized, logIn: logIn + energized };
}
