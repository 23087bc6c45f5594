import Type, { type Static } from 'typebox';

/** One reason of a refusal: which field of which message, and why. */
export const ProblemReason = Type.Object({
  code: Type.Optional(Type.String()),
  field: Type.Union([Type.String(), Type.Null()]),
  reason: Type.String(),
  deadLetterId: Type.Optional(
    Type.Integer({ description: 'Where the message was set aside: `lastgasp dead-letters show <id>`' }),
  ),
});
export type ProblemReason = Static<typeof ProblemReason>;

/** Every error answer: RFC 9457 problem details with a stable `type`; docs/errors.md explains each code. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:lastgasp:error:<code>' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: 'urn:uuid of the request, as in the server log' }),
    code: Type.String(),
    retryable: Type.Boolean({ description: 'The same request may succeed later' }),
    errors: Type.Optional(Type.Array(ProblemReason)),
  },
  { $id: 'Problem', additionalProperties: true },
);
export type Problem = Static<typeof Problem>;
