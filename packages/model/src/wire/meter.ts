import Type, { type Static } from 'typebox';
import {
  COMMUNICATION_STATUSES,
  METER_STATUS_EVENT_TYPES,
  POWER_STATUSES,
  SOURCE_TYPES,
} from '../vocabulary.ts';
import { Count, Instant, orNull, wordOf } from './schema.ts';

const Named = Type.Object({ id: Type.String(), name: orNull(Type.String()) });

/** One meter with its place in the network, what it reported and what is inferred beside it. */
export const MeterState = Type.Object(
  {
    meterNumber: Type.String(),
    meterType: orNull(Type.String()),
    status: Type.String(),
    powerStatus: wordOf(POWER_STATUSES, 'By the newest report of the meter itself'),
    lastPowerChangeAt: orNull(Instant),
    inferredPowerStatus: orNull(
      wordOf(
        ['on', 'off'],
        'What the engine holds; stands beside the report, never over it. Null where nothing is inferred',
      ),
    ),
    communicationStatus: wordOf(COMMUNICATION_STATUSES),
    lastCommunicationAt: orNull(Instant),
    lastStatusChangeAt: orNull(Instant),
    outage: orNull(Type.Object({ id: Type.String(), status: Type.String() })),
    customers: Count,
    priority: Type.Integer({ minimum: 1, maximum: 4, description: '1 critical … 4 low' }),
    substation: orNull(Named),
    feeder: orNull(Named),
    fedBy: Type.Optional(
      orNull(
        Type.Object(
          {
            feederId: orNull(Type.String()),
            substationId: orNull(Type.String()),
            tieId: Type.String(),
            sinceAt: orNull(Instant),
          },
          { description: 'What feeds it through a tie now; null where it is fed the normal way' },
        ),
      ),
    ),
    distributionPoint: orNull(Named),
    device: orNull(Type.Object({ id: Type.String(), kind: Type.String() })),
    linkSource: Type.String({ description: 'How its place is known: explicit, building, proximity or none' }),
    buildingId: orNull(Type.String()),
    assetMrid: orNull(Type.String()),
    usagePointMrid: orNull(Type.String()),
    onuId: orNull(Type.Integer()),
    onuSerialNo: orNull(Type.String()),
    location: orNull(Type.Object({ lat: Type.Number(), lng: Type.Number() })),
    customer: orNull(
      Type.Object({
        id: Type.String(),
        name: orNull(Type.String({ description: 'Masked' })),
        phone: orNull(Type.String({ description: 'Masked' })),
        address: orNull(Type.String({ description: 'Masked' })),
      }),
    ),
  },
  { $id: 'MeterState' },
);
export type MeterState = Static<typeof MeterState>;

/** One row of a meter's audit trail. */
export const MeterStatusEvent = Type.Object(
  {
    id: Type.Integer(),
    type: wordOf(METER_STATUS_EVENT_TYPES),
    source: wordOf(SOURCE_TYPES),
    sourceEventId: orNull(Type.String()),
    previousStatus: orNull(Type.String()),
    newStatus: Type.String(),
    at: Instant,
    receivedAt: Instant,
    recordedAt: Instant,
    applied: Type.Boolean({ description: 'False where a newer report was already known' }),
    confidence: orNull(Type.Number()),
  },
  { $id: 'MeterStatusEvent' },
);
export type MeterStatusEvent = Static<typeof MeterStatusEvent>;

/** One page of a meter's audit trail, newest event first. */
export const MeterHistoryPage = Type.Object(
  {
    meterNumber: Type.String(),
    events: Type.Array(Type.Unsafe<MeterStatusEvent>({ $ref: 'MeterStatusEvent#' })),
    nextCursor: orNull(Type.String()),
  },
  { $id: 'MeterHistoryPage' },
);
export type MeterHistoryPage = Static<typeof MeterHistoryPage>;
