import Type, { type Static } from 'typebox';
import { ProblemReason } from './problem.ts';
import { Count } from './schema.ts';

/** One provider event of an accepted message, with what its provider is told about it. */
export const AcceptedEvent = Type.Object(
  {
    id: Type.Integer({ description: "Row of the provider's event table" }),
    outcome: Type.Unsafe<'stored' | 'duplicate'>({ type: 'string', enum: ['stored', 'duplicate'] }),
    metersMatched: Count,
  },
  { additionalProperties: true },
);

/** The answer of a gateway that stored a message, or knows that it had been stored before. */
export const IngestAnswer = Type.Object(
  {
    status: Type.String({
      description: 'stored, duplicate, partly stored, published; Received from the call center gateway',
    }),
    stored: Count,
    duplicate: Count,
    events: Type.Array(AcceptedEvent),
    rejected: Type.Array(ProblemReason),
    published: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Events put on the Kafka topic, where the gateway does that' }),
    ),
    ticketId: Type.Optional(Type.String()),
    intakeId: Type.Optional(Type.String()),
    omsEventId: Type.Optional(Type.String()),
  },
  { $id: 'IngestAnswer' },
);
export type IngestAnswer = Static<typeof IngestAnswer>;
