import { err, ok, type Rejection, type Result } from '@lastgasp/model';
import type { MessageNode } from '../../reading/message-node.ts';
import { readXml } from '../../reading/read-xml.ts';
import { quoted, reject } from '../../reading/reject.ts';
import { MESSAGE_NAMESPACE, partOf, partsOf, SOAP_NAMESPACE } from './node-parts.ts';
import { type EventMessageParts, eventsOfPayload } from './normalise-kaifa-json.ts';

/** The EventMessages in the body of a SOAP 1.1 envelope; refuses any other document, and an envelope without one. */
export function readSoapEnvelope(text: string): Result<readonly EventMessageParts[], Rejection> {
  const document = readXml(text);
  if (!document.ok) return document;
  const root = document.value;
  if (root.name !== 'envelope' || root.namespace !== SOAP_NAMESPACE) {
    const found = `its root element is ${quoted(root.name)} of namespace ${quoted(root.namespace ?? '')}`;
    return err(reject('invalid_envelope', null, `The message is no SOAP 1.1 envelope: ${found}.`));
  }
  const body = partOf(root, SOAP_NAMESPACE, 'body');
  if (body === undefined) return err(reject('invalid_envelope', 'Envelope.Body', 'is missing'));
  const messages = partsOf(body, MESSAGE_NAMESPACE, 'eventmessage');
  if (messages.length === 0) {
    const complaint = `is missing in namespace ${MESSAGE_NAMESPACE}`;
    return err(reject('invalid_envelope', 'Envelope.Body.EventMessage', complaint));
  }
  return ok(messages.map(partsOfMessage));
}

function partsOfMessage(message: MessageNode): EventMessageParts {
  return {
    header: partOf(message, MESSAGE_NAMESPACE, 'header'),
    events: partsOf(message, MESSAGE_NAMESPACE, 'payload').flatMap(eventsOfPayload),
  };
}
