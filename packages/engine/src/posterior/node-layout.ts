// Where the numbers of a device stand in the arrays of `UpwardPass`. A running sum takes two places.

/** What a walk up the tree touches, side by side: two cache lines a device. */
export const NODE = {
  /** log P(open | switch evidence). */
  logOpen: 0,
  /** log P(closed | switch evidence). */
  logClosed: 1,
  /** log P(voltage evidence | energised) - log P(... | dead). */
  voltage: 2,
  /** How many of the children's ratios, and of the device's own terms, are infinite or no number. */
  exceptions: 3,
  /** Of the children's finite ratios. */
  ratioSum: 4,
  /** log P(evidence at and below | supply side energised) - log P(... | dead). */
  ratio: 6,
  /** P(open | supply side energised, evidence at and below). */
  open: 7,
  /** 1 - open, computed by itself, so that neither is rounded away. */
  closed: 8,
  /** Of the children's means. */
  meanSum: 9,
  /** Of the customers out at and below, given that the supply side is energised. */
  mean: 11,
  /** Of the children's variances. */
  varianceSum: 12,
  /** Of the customers out at and below, given that the supply side is energised. */
  variance: 14,
  /** Customers below. */
  customers: 15,
  stride: 16,
} as const;

/** A device's prior and evidence as set, and what it adds to the log evidence beside the ratios. */
export const INPUT = {
  prior: 0,
  switchOpen: 1,
  switchClosed: 2,
  voltageDead: 3,
  voltageOn: 4,
  /** What it adds now. */
  base: 5,
  /** What it adds while a dead supply side is possible. */
  deadBase: 6,
  /** What it adds where that is not, without the children's finite ratios. */
  liveBase: 7,
  stride: 8,
} as const;

/** How many children have a ratio that no sum can hold. */
export const COUNT = {
  /** Infinite: their supply side is energised for certain. */
  certainOn: 0,
  /** Minus infinite: it is dead for certain. */
  certainOff: 1,
  /** No number: neither is possible. */
  impossible: 2,
  stride: 3,
} as const;
