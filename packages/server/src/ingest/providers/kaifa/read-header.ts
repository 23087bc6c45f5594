import type { Rejection } from '@lastgasp/model';
import type { MessageNode } from '../../reading/message-node.ts';
import { reject } from '../../reading/reject.ts';
import { iecNameOfNode, type KaifaHeader } from './kaifa-event.ts';
import { MESSAGE_NAMESPACE, partOf, repeatedPart, textPart } from './node-parts.ts';

/** Fields of which a header has one at most, in their comparable form. */
const SINGLE_FIELDS: ReadonlySet<string> = new Set([
  'verb',
  'noun',
  'revision',
  'timestamp',
  'source',
  'asyncreplyflag',
  'ackrequired',
  'user',
  'messageid',
  'correlationid',
  'comment',
]);

/** The rejection of a header with a single field given twice; null for one that is not ambiguous. */
export function findAmbiguousHeader(header: MessageNode | undefined): Rejection | null {
  const repeated = header && repeatedPart(header, MESSAGE_NAMESPACE, SINGLE_FIELDS);
  return repeated ? reject('invalid_field', `Header.${iecNameOfNode(repeated)}`, 'is given twice') : null;
}

/** The header of an EventMessage in the converter's spelling; empty where the message has none. */
export function readHeader(header: MessageNode | undefined): KaifaHeader {
  const text = (...names: string[]) => textPart(header, MESSAGE_NAMESPACE, ...names);
  const user = partOf(header, MESSAGE_NAMESPACE, 'user');
  const userId = textPart(user, MESSAGE_NAMESPACE, 'userid');
  const organization = textPart(user, MESSAGE_NAMESPACE, 'organization');
  return {
    verb: text('verb'),
    noun: text('noun'),
    revision: text('revision'),
    timestamp: text('timestamp', 'headertimestamp'),
    source: text('source'),
    async_reply_flag: readFlag(text('asyncreplyflag')),
    ack_required: readFlag(text('ackrequired')),
    user: userId === undefined && organization === undefined ? undefined : { user_id: userId, organization },
    message_id: text('messageid'),
    correlation_id: text('correlationid'),
    comment: text('comment'),
  };
}

/** XML Schema's boolean in any case; any other text as it is, for the check of the fields to refuse. */
function readFlag(text: string | undefined): boolean | string | undefined {
  switch (text?.toLowerCase()) {
    case 'true':
    case '1':
      return true;
    case 'false':
    case '0':
      return false;
    default:
      return text;
  }
}
