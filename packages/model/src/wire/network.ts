import Type, { type Static } from 'typebox';
import { Count, orNull } from './schema.ts';

const meterCounts = {
  totalMeters: Count,
  onlineMeters: Type.Integer({ minimum: 0, description: 'Power on and communication online' }),
  offlineMeters: Type.Integer({ minimum: 0, description: 'Power off or communication offline' }),
  unknownMeters: Count,
  communicationOfflineMeters: Count,
  inferredOffMeters: Type.Integer({ minimum: 0, description: 'Held to be out by the engine' }),
};

/** One substation with the state of its meters. */
export const SubstationState = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    regionCode: orNull(Type.String()),
    voltageLevel: orNull(Type.String()),
    location: orNull(Type.Object({ lat: Type.Number(), lng: Type.Number() })),
    ...meterCounts,
  },
  { $id: 'SubstationState' },
);
export type SubstationState = Static<typeof SubstationState>;

/** One feeder with the state of its meters. */
export const FeederState = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    substationId: orNull(Type.String()),
    substationName: orNull(Type.String()),
    location: orNull(Type.Object({ lat: Type.Number(), lng: Type.Number() })),
    ...meterCounts,
    transferredInMeters: Type.Integer({
      minimum: 0,
      description: 'Of other feeders, and fed by this one through a tie now',
    }),
    transferredOutMeters: Type.Integer({
      minimum: 0,
      description: 'Of this feeder, and fed by another one through a tie now',
    }),
  },
  { $id: 'FeederState' },
);
export type FeederState = Static<typeof FeederState>;
