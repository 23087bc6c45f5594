import type { MessageNode } from '../../reading/message-node.ts';
import type { KaifaHeader } from './kaifa-event.ts';
import { MESSAGE_NAMESPACE, partOf, textPart } from './node-parts.ts';

/** The header of an EventMessage in the converter's spelling; empty where the message has none. */
export function readHeader(header: MessageNode | undefined): KaifaHeader {
  const text = (name: string) => textPart(header, MESSAGE_NAMESPACE, name);
  const user = partOf(header, MESSAGE_NAMESPACE, 'user');
  const userId = textPart(user, MESSAGE_NAMESPACE, 'userid');
  const organization = textPart(user, MESSAGE_NAMESPACE, 'organization');
  return {
    verb: text('verb'),
    noun: text('noun'),
    revision: text('revision'),
    timestamp: text('timestamp'),
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
