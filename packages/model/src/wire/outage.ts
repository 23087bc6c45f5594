import Type, { type Static } from 'typebox';
import { OUTAGE_STATUSES, SEVERITIES, SOURCE_TYPES } from '../vocabulary.ts';
import { Count, Instant, orNull, wordOf } from './schema.ts';

const Place = Type.Object({ lat: Type.Number(), lng: Type.Number() });
const Named = Type.Object({ id: Type.String(), name: orNull(Type.String()) });

/** How many events of each provider speak for an outage. */
export const SourceCounts = Type.Object({
  scada: Count,
  onu: Count,
  kaifa: Count,
  call_center: Count,
});
export type SourceCounts = Static<typeof SourceCounts>;

/** One outage as lists and the live stream show it. */
export const OutageSummary = Type.Object(
  {
    id: Type.String({ description: 'The id that people use; made from device and start' }),
    number: Type.Integer({ description: '`oms_outage_events.id`' }),
    revision: Type.Integer({ description: 'Rises with each change; the id of its newest timeline entry' }),
    type: Type.String(),
    status: wordOf(OUTAGE_STATUSES),
    severity: wordOf(SEVERITIES),
    confidence: Type.Number({ minimum: 0, maximum: 1 }),
    device: orNull(Type.Object({ id: Type.String(), kind: Type.String(), name: orNull(Type.String()) })),
    service: orNull(
      Type.String({
        description: 'Number of the meter, where its own service is out; `device` is then what it hangs on',
      }),
    ),
    substation: orNull(Named),
    feeder: orNull(Named),
    distributionPoint: orNull(Named),
    customersOut: Type.Integer({
      minimum: 0,
      description: 'Everyone the outage interrupted, in customers; stays after restoration',
    }),
    customersOutInterval: orNull(
      Type.Object(
        { low: Count, high: Count },
        { description: '80 % interval of the customers it interrupted' },
      ),
    ),
    customersOutNow: Count,
    unverifiedCustomers: Type.Integer({
      minimum: 0,
      description: 'After its end: customers whose supply nobody has confirmed yet',
    }),
    planned: Type.Boolean({ description: 'Announced work explains it' }),
    sources: SourceCounts,
    startedAt: Instant,
    detectedAt: Instant,
    updatedAt: Instant,
    endedAt: orNull(Instant),
    estimatedRestorationAt: orNull(Instant),
    momentary: Type.Boolean(),
    cause: orNull(Type.String()),
    description: orNull(Type.String()),
    location: orNull(Place),
    replacedBy: orNull(Type.String({ description: 'Id of the outage that took its place' })),
  },
  { $id: 'OutageSummary' },
);
export type OutageSummary = Static<typeof OutageSummary>;

/** One provider event that speaks for an outage, with what the provider said. */
export const OutageEvidence = Type.Object({
  source: wordOf(SOURCE_TYPES),
  sourceEventId: Type.String(),
  sourceTable: Type.String(),
  meterNumber: orNull(Type.String()),
  weight: Type.Number({ minimum: 0, maximum: 1 }),
  eventAt: Instant,
  detectedAt: Instant,
  receivedAt: orNull(Instant),
  clockSuspect: orNull(Type.Boolean()),
  eventType: orNull(Type.String()),
  says: orNull(Type.String({ description: 'What the event says about supply, in the words of its table' })),
});
export type OutageEvidence = Static<typeof OutageEvidence>;

/** One step in the life of an outage. */
export const OutageTimelineEntry = Type.Object({
  revision: Type.Integer(),
  at: Instant,
  type: Type.String(),
  status: wordOf(OUTAGE_STATUSES),
  description: Type.String(),
  source: Type.String(),
  metadata: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
});
export type OutageTimelineEntry = Static<typeof OutageTimelineEntry>;

/** Why an outage is believed, what speaks against it, and what would tell more; as it was last decided. */
export const OutageExplanation = Type.Object({
  decidedAt: Instant,
  policyVersion: Type.String({ description: 'The numbers that it rests on: a row of `oms_policies`' }),
  sources: Type.Unsafe<SourceCounts>({
    ...SourceCounts,
    description: 'Meters, terminals, callers and signals that speak for it',
  }),
  branches: Type.Array(
    Type.Object({
      device: Type.String(),
      gasped: Count,
      on: Count,
      silent: Count,
      terminals: Count,
      calls: Count,
      weight: Type.Number({
        description:
          'Log of how much more probable all that is said and not said there is with the outage; below 0 it speaks against it',
      }),
    }),
    { description: 'Those that speak loudest first, on either side' },
  ),
  branchCount: Count,
  telemetry: Type.Array(Type.Object({ device: Type.String(), says: wordOf(['open', 'dead']), at: Instant })),
  alternatives: Type.Array(
    Type.Object({
      devices: Type.Array(Type.String(), {
        description: 'That meters cannot tell apart, the likeliest first',
      }),
      service: orNull(Type.String({ description: 'Number of the meter whose own service it would be' })),
      probability: Type.Number({ minimum: 0, maximum: 1 }),
    }),
    { description: 'Ranked; the first is what is shown' },
  ),
  pings: Type.Array(
    Type.Object({
      meterNumber: Type.String(),
      gain: Type.Number({ description: 'Expected information of its answer, in nats' }),
      dead: Type.Number({ minimum: 0, maximum: 1, description: 'Probability that it is without supply' }),
    }),
    { description: 'Meters whose answer would tell most' },
  ),
});
export type OutageExplanation = Static<typeof OutageExplanation>;

const Relative = Type.Object({ id: Type.String(), status: wordOf(OUTAGE_STATUSES) });

/** One outage with everything that is known about it. */
export const OutageDetail = Type.Object(
  {
    ...OutageSummary.properties,
    members: Type.Object({ meters: Count, metersOutNow: Count, customers: Count }),
    explanation: orNull(OutageExplanation),
    evidence: Type.Array(OutageEvidence),
    evidenceCount: Type.Integer({ minimum: 0, description: 'All of it; `evidence` holds the first 500' }),
    timeline: Type.Array(OutageTimelineEntry),
    lineage: Type.Object({ replacedBy: orNull(Relative), replaces: Type.Array(Relative) }),
  },
  { $id: 'OutageDetail' },
);
export type OutageDetail = Static<typeof OutageDetail>;

/** One page of outages, newest start first. */
export const OutagePage = Type.Object(
  {
    revision: Type.Integer({ description: 'Where to begin `/api/stream?after=` so that nothing is missed' }),
    outages: Type.Array(Type.Unsafe<OutageSummary>({ $ref: 'OutageSummary#' })),
    nextCursor: orNull(Type.String()),
  },
  { $id: 'OutagePage' },
);
export type OutagePage = Static<typeof OutagePage>;
