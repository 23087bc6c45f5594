import Type, { type Static } from 'typebox';
import { instant, MAX_IDENTIFIER, MAX_LONG_IDENTIFIER, MAX_TEXT } from '../../reading/field-types.ts';

const text = (maxLength: number) =>
  Type.Optional(Type.Unsafe<string | undefined>({ type: 'string', maxLength }));
const flag = () => Type.Optional(Type.Unsafe<boolean | string | undefined>({ type: 'boolean' }));
const list = <Item>(item: object) =>
  Type.Optional(Type.Unsafe<readonly Item[] | undefined>({ type: 'array', items: item }));
const time = (description: string) => Type.Optional(Type.Unsafe<string | undefined>(instant(description)));

const Name = Type.Object({
  name: text(MAX_TEXT),
  name_type: text(MAX_TEXT),
  description: text(MAX_TEXT),
});
const Detail = Type.Object({ name: text(MAX_TEXT), value: text(MAX_TEXT) });

/** A meter or a usage point as an event names it; the key is spelt as the head-end's converter has always spelt it. */
const Identified = Type.Object({
  'ns2:mRID': text(MAX_LONG_IDENTIFIER),
  names: list<Static<typeof Name>>(Name),
});
const optionalIdentified = () =>
  Type.Optional(Type.Unsafe<Static<typeof Identified> | undefined>(Identified));

/** Header of an EventMessage (IEC 61968-100), in the converter's spelling; what is absent is left out. */
export const KaifaHeader = Type.Object({
  verb: text(MAX_IDENTIFIER),
  noun: text(MAX_IDENTIFIER),
  revision: text(MAX_IDENTIFIER),
  timestamp: time("When the head-end made the message; an event's time where it has none itself"),
  source: text(MAX_LONG_IDENTIFIER),
  async_reply_flag: flag(),
  ack_required: flag(),
  user: Type.Optional(
    Type.Unsafe<{ user_id?: string | undefined; organization?: string | undefined } | undefined>(
      Type.Object({ user_id: text(MAX_LONG_IDENTIFIER), organization: text(MAX_LONG_IDENTIFIER) }),
    ),
  ),
  message_id: text(MAX_LONG_IDENTIFIER),
  correlation_id: text(MAX_LONG_IDENTIFIER),
  comment: text(MAX_TEXT),
});
export type KaifaHeader = Static<typeof KaifaHeader>;

/** One EndDeviceEvent (IEC 61968-9) in the converter's spelling; what is absent is left out. */
export const KaifaPayload = Type.Object({
  mrid: text(MAX_LONG_IDENTIFIER),
  created_date_time: time('When it happened, by the clock of the meter'),
  issuer_id: text(MAX_LONG_IDENTIFIER),
  issuer_tracking_id: text(MAX_LONG_IDENTIFIER),
  reason: text(MAX_TEXT),
  severity: text(MAX_IDENTIFIER),
  user_id: text(MAX_LONG_IDENTIFIER),
  assets: optionalIdentified(),
  details: list<Static<typeof Detail>>(Detail),
  event_type: Type.Object({
    '@ref': Type.Unsafe<string | undefined>({ type: 'string', maxLength: MAX_LONG_IDENTIFIER }),
  }),
  names: list<Static<typeof Name>>(Name),
  status: Type.Optional(
    Type.Unsafe<
      | {
          date_time?: string | undefined;
          reason?: string | undefined;
          remark?: string | undefined;
          value?: string | undefined;
        }
      | undefined
    >(
      Type.Object({
        date_time: time('When the status was set'),
        reason: text(MAX_TEXT),
        remark: text(MAX_TEXT),
        value: text(MAX_TEXT),
      }),
    ),
  ),
  usage_point: optionalIdentified(),
});
export type KaifaPayload = Static<typeof KaifaPayload>;
export type KaifaName = Static<typeof Name>;
export type KaifaIdentified = Static<typeof Identified>;

/** The standard's name of each field, by which a rejection calls it whatever format the event came in. */
const IEC_NAMES: Readonly<Record<string, string>> = {
  mrid: 'mRID',
  created_date_time: 'createdDateTime',
  issuer_id: 'issuerID',
  issuer_tracking_id: 'issuerTrackingID',
  user_id: 'userID',
  assets: 'Assets',
  'ns2:mRID': 'mRID',
  details: 'EndDeviceEventDetails',
  event_type: 'EndDeviceEventType',
  '@ref': 'ref',
  names: 'Names',
  name_type: 'NameType',
  date_time: 'dateTime',
  usage_point: 'UsagePoint',
};
const IEC_HEADER_NAMES: Readonly<Record<string, string>> = {
  verb: 'Verb',
  noun: 'Noun',
  revision: 'Revision',
  timestamp: 'Timestamp',
  source: 'Source',
  async_reply_flag: 'AsyncReplyFlag',
  ack_required: 'AckRequired',
  user: 'User',
  user_id: 'UserID',
  organization: 'Organization',
  message_id: 'MessageID',
  correlation_id: 'CorrelationID',
  comment: 'Comment',
};

/** The standard's name of a field of an event. */
export const iecName = (key: string): string => IEC_NAMES[key] ?? key;

/** The standard's name of a field of the header. */
export const iecHeaderName = (key: string): string => IEC_HEADER_NAMES[key] ?? key;

/** The standard's name of a field from its comparable form (`nodeName`). */
export const iecNameOfNode = (name: string): string =>
  [...Object.values(IEC_NAMES), ...Object.values(IEC_HEADER_NAMES)].find(
    (iec) => iec.toLowerCase() === name,
  ) ?? name;
