import Type, { type Static } from 'typebox';
import {
  instant,
  MAX_IDENTIFIER,
  MAX_LONG_IDENTIFIER,
  meterReference,
  oneOfWords,
  optionalObject,
  optionalPlace,
  optionalScalar,
  optionalText,
} from '../../reading/field-types.ts';

/** The two things that a fibre terminal reports; exactly as they are spelt. */
export const ONU_EVENT_TYPES = ['ONU_LastGaspAlert', 'ONU_PowerRestored'] as const;

/** Most meters of one terminal: a tower block has some hundreds. */
const MAX_METERS = 1000;

/**
 * One event of a fibre terminal, as the fibre network's management sends it; fields that are not named here are kept
 * unread. `onuId` is a JSON number without a fraction: digits within quotes are refused, because the registry's numbers
 * have no leading zeros to lose and two spellings would be two events.
 */
export const OnuMessage = Type.Object({
  type: oneOfWords(ONU_EVENT_TYPES, 'What happened'),
  onuId: Type.Integer({
    minimum: Number.MIN_SAFE_INTEGER,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "The terminal's number; it decides, the serial does not",
  }),
  timestamp: instant('When it happened'),
  onuSerial: optionalText(MAX_LONG_IDENTIFIER, "The terminal's serial; empty for none"),
  location: optionalPlace('Where'),
  associatedMeters: Type.Optional(
    Type.Unsafe<(string | { meterId: string })[] | null>({
      type: ['array', 'null'],
      items: meterReference,
      maxItems: MAX_METERS,
      description: 'Meter numbers behind the terminal',
    }),
  ),
  nmsType: optionalScalar('Kind of management system'),
  alarmData: optionalObject(
    {
      category: optionalScalar('Alarm category'),
      alarmType: optionalScalar('Alarm type'),
      parcel: optionalScalar('Parcel code'),
      serial: optionalScalar('Serial as the alarm has it'),
    },
    'The alarm behind the event',
  ),
  eventId: optionalText(MAX_LONG_IDENTIFIER, "The sender's own id of the event"),
  status: optionalText(MAX_IDENTIFIER, 'Status as the gateway of the sender has it'),
});
export type OnuMessage = Static<typeof OnuMessage>;
