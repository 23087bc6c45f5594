import Type, { type Static } from 'typebox';
import { orNull } from './schema.ts';

/** A log-likelihood is at most this large either way, so that a sum over all points stays a number. */
const LARGEST = 1e300;

const isLogLikelihood = (value: unknown): boolean =>
  value === '-Infinity' || (typeof value === 'number' && Math.abs(value) <= LARGEST);

/**
 * The natural logarithm of a probability or density. JSON has no infinity: the text `-Infinity` says "impossible". A density may
 * be above 1, so the logarithm may be above 0.
 */
export const LogLikelihood = Type.Refine(
  Type.Unsafe<number | '-Infinity'>({
    description: 'Natural logarithm of a probability or density, or "-Infinity" where it is 0',
  }),
  isLogLikelihood,
  () => `must be a number from -${LARGEST} to ${LARGEST} or the text "-Infinity"`,
);
export type LogLikelihood = Static<typeof LogLikelihood>;

const Prior = Type.Number({ minimum: 0, maximum: 1 });
const Identifier = Type.String({ pattern: '\\S' });

/** What was observed at a point, given its two states. */
export const StateLikelihoods = Type.Object({ energized: LogLikelihood, deenergized: LogLikelihood });
export type StateLikelihoods = Static<typeof StateLikelihoods>;

/** A device that can open. `parent` is the device above it, null where a source feeds it. */
export const SnapshotDevice = Type.Object({
  id: Identifier,
  parent: orNull(Identifier),
  prior: Prior,
  switchEvidence: Type.Optional(orNull(Type.Object({ open: LogLikelihood, closed: LogLikelihood }))),
  voltageEvidence: Type.Optional(orNull(StateLikelihoods)),
});
export type SnapshotDevice = Static<typeof SnapshotDevice>;

/** A meter, whose own service is out with probability `prior`. It stands for 1 customer unless told. */
export const SnapshotMeter = Type.Object({
  id: Identifier,
  parent: orNull(Identifier),
  prior: Prior,
  customers: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })),
  evidence: Type.Optional(orNull(StateLikelihoods)),
});
export type SnapshotMeter = Static<typeof SnapshotMeter>;

/** A network at one moment with all evidence about it. */
export const PosteriorSnapshot = Type.Object({
  devices: Type.Array(SnapshotDevice),
  meters: Type.Array(SnapshotMeter),
});
export type PosteriorSnapshot = Static<typeof PosteriorSnapshot>;

const Probability = Type.Number({ minimum: 0, maximum: 1 });

/** What is believed of a snapshot, exactly; devices and meters in its order. */
export const PosteriorAnswer = Type.Object({
  logEvidence: Type.Number({ description: 'Natural logarithm of P(all evidence)' }),
  expectedCustomersOut: Type.Number({ minimum: 0 }),
  expectedCustomersOutInterval: Type.Tuple([Type.Integer(), Type.Integer()], {
    description: 'Central interval that holds 80 % of the probability at least, in whole customers',
  }),
  devices: Type.Array(
    Type.Object({
      id: Type.String(),
      pOpen: Probability,
      pInterrupting: Type.Number({ description: 'P(open with an energised supply side)' }),
      pDeenergized: Type.Number({ description: 'P(itself or a device above is open)' }),
    }),
  ),
  meters: Type.Array(
    Type.Object({
      id: Type.String(),
      pDeenergized: Type.Number({ description: 'P(its own service is out or a device above is open)' }),
    }),
  ),
  mostProbable: Type.Array(Type.String(), {
    description: 'Ids of the devices that interrupt in the most probable joint state',
  }),
});
export type PosteriorAnswer = Static<typeof PosteriorAnswer>;
