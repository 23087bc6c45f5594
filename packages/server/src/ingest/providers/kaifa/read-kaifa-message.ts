import type { Rejection } from '@lastgasp/model';
import { Compile } from 'typebox/compile';
import type { MessageNode } from '../../reading/message-node.ts';
import { reject, rejectWithin } from '../../reading/reject.ts';
import { findFieldFault } from '../../reading/validate.ts';
import type { ReadMessage, SetAside } from '../read-message.ts';
import { iecHeaderName, iecName, KaifaHeader, KaifaPayload } from './kaifa-event.ts';
import { MESSAGE_NAMESPACE, repeatedPart } from './node-parts.ts';
import type { EventMessageParts } from './normalise-kaifa-json.ts';
import { readEndDeviceEvent } from './read-end-device-event.ts';
import { readHeader } from './read-header.ts';

const headerValidator = Compile(KaifaHeader);
const payloadValidator = Compile(KaifaPayload);

/**
 * The events of one EventMessage, each as JSON in the converter's canonical spelling: `message_type`, the message's
 * `header`, and the event as `payload`; what is absent is left out. A fault of the header is one of each event.
 * `textOf` gives the whole message, kept where it has no event or one that cannot be told apart into meters.
 */
export function readKaifaMessage(parts: EventMessageParts, textOf: () => string): ReadMessage {
  if (parts.events.length === 0) {
    const rejection = reject('missing_field', 'EndDeviceEvent', 'is missing: the message holds no event');
    return { events: [], rejected: [{ rejection, payload: textOf() }] };
  }
  const header = readHeader(parts.header);
  const headerText = JSON.stringify(header);
  const headerFault = findHeaderFault(parts.header, header);
  const events: string[] = [];
  const rejected: SetAside[] = [];
  for (const [index, node] of parts.events.entries()) {
    const path = `EndDeviceEvent[${index}]`;
    const payloads = readEndDeviceEvent(node);
    if (!payloads.ok) {
      rejected.push({ rejection: rejectWithin(path, payloads.error), payload: textOf() });
      continue;
    }
    for (const payload of payloads.value) {
      const text = `{"message_type":"EndDeviceEvents","header":${headerText},"payload":${JSON.stringify(payload)}}`;
      const payloadFault = headerFault === null ? findPayloadFault(payload) : null;
      const fault = headerFault ?? (payloadFault === null ? null : rejectWithin(path, payloadFault));
      if (fault === null) events.push(text);
      else rejected.push({ rejection: fault, payload: text });
    }
  }
  return { events, rejected };
}

function findHeaderFault(node: MessageNode | undefined, header: KaifaHeader): Rejection | null {
  const repeated = node === undefined ? undefined : repeatedPart(node, MESSAGE_NAMESPACE, []);
  if (repeated !== undefined) return reject('invalid_field', `Header.${repeated}`, 'is given twice');
  const fault = findFieldFault(headerValidator, header, iecHeaderName);
  return fault === null ? null : rejectWithin('Header', fault);
}

function findPayloadFault(payload: KaifaPayload): Rejection | null {
  if (payload.event_type['@ref'] === undefined) {
    return reject('missing_field', 'EndDeviceEventType.ref', 'is missing');
  }
  const { assets, usage_point: usagePoint } = payload;
  if (assets?.['ns2:mRID'] === undefined && usagePoint?.['ns2:mRID'] === undefined) {
    return reject('missing_field', 'Assets.mRID', 'is missing, and UsagePoint.mRID too');
  }
  return findFieldFault(payloadValidator, payload, iecName);
}
