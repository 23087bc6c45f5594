import Type, { type Static } from 'typebox';
import {
  instant,
  MAX_IDENTIFIER,
  MAX_LONG_IDENTIFIER,
  MAX_TEXT,
  optionalObject,
  optionalText,
  requiredObject,
  wordInAnyCase,
} from '../../reading/field-types.ts';

/** The states of a trouble ticket; taken in any case. */
export const TICKET_STATUSES = [
  'Registered',
  'Crew Assigned',
  'In Progress',
  'Partially Restored',
  'Restored',
] as const;

/** One trouble call, as the call center sends it; fields that are not named here are kept unread. */
export const CallCenterMessage = Type.Object({
  ticketId: Type.Unsafe<string | number>({
    type: ['string', 'integer'],
    maxLength: MAX_IDENTIFIER,
    pattern: '\\S',
    minimum: Number.MIN_SAFE_INTEGER,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'One id is one ticket however often it arrives; a number is taken as its digits',
  }),
  timestamp: instant('When the call or the new status came'),
  customer: requiredObject(
    {
      phone: optionalText(MAX_IDENTIFIER, 'Telephone of the caller'),
      meterNumber: optionalText(MAX_IDENTIFIER, 'Meter number, as the caller reads it'),
      address: optionalText(MAX_TEXT, 'Address'),
      notes: optionalText(MAX_TEXT, 'What the caller says'),
    },
    'Who calls; each field may be empty',
  ),
  intake: optionalObject(
    {
      intakeId: optionalText(MAX_LONG_IDENTIFIER, 'Tracking id of the intake'),
      omsEventId: optionalText(MAX_LONG_IDENTIFIER, 'Tracking id that the caller was told'),
    },
    'Ids given at intake',
  ),
  source: optionalText(MAX_LONG_IDENTIFIER, 'Which desk or channel took the call'),
  status: Type.Optional(wordInAnyCase('ticket state', TICKET_STATUSES, 'State of the ticket')),
  notes: optionalText(MAX_TEXT, 'What the caller says, also seen here'),
});
export type CallCenterMessage = Static<typeof CallCenterMessage>;
