import type { Rejection } from '@lastgasp/model';
import { Compile } from 'typebox/compile';
import { reject, rejectWithin } from '../../reading/reject.ts';
import { findFieldFault } from '../../reading/validate.ts';
import { type ReadMessage, refuse, type SetAside } from '../set-aside.ts';
import { iecHeaderName, iecName, KaifaHeader, KaifaPayload } from './kaifa-event.ts';
import type { EventMessageParts } from './normalise-kaifa-json.ts';
import { readEndDeviceEvent } from './read-end-device-event.ts';
import { findAmbiguousHeader, readHeader } from './read-header.ts';

const headerValidator = Compile(KaifaHeader);
const payloadValidator = Compile(KaifaPayload);

/** Most events of one message; the largest real ones have some 3,000, in 2 MB. */
const MAX_EVENTS = 10_000;

/**
 * Most text that one message may become. The header is repeated in each event and an event in each of its meters, so
 * that 2 MB made for the purpose would become gigabytes; a real message becomes twice its size.
 */
const MAX_WRITTEN_CHARACTERS = 16 * 1024 * 1024;

/**
 * The events of one EventMessage, each as JSON in the converter's canonical spelling: `message_type`, the message's
 * `header`, and the event as `payload`; what is absent is left out. A faulty event is set aside alone. A faulty header
 * sets the message aside whole. `textOf` gives the whole message: it is also what is kept of an ambiguous event, which the
 * canonical form could not show.
 */
export function readKaifaMessage(parts: EventMessageParts, textOf: () => string): ReadMessage {
  if (parts.events.length === 0) {
    return refuse(
      reject('missing_field', 'EndDeviceEvent', 'is missing: the message holds no event'),
      textOf(),
    );
  }
  if (parts.events.length > MAX_EVENTS) {
    const complaint = `stands there ${parts.events.length} times; at most ${MAX_EVENTS} are taken`;
    return refuse(reject('too_large', 'EndDeviceEvent', complaint), textOf());
  }
  const header = readHeader(parts.header);
  const headerFault = findAmbiguousHeader(parts.header) ?? findHeaderFault(header);
  if (headerFault !== null) return refuse(headerFault, textOf());

  const headerText = JSON.stringify(header);
  const events: string[] = [];
  const rejected: SetAside[] = [];
  let characters = 0;
  for (const [index, node] of parts.events.entries()) {
    const path = `EndDeviceEvent[${index}]`;
    const payloads = readEndDeviceEvent(node);
    if (!payloads.ok) {
      rejected.push({ rejection: rejectWithin(path, payloads.error), payload: textOf() });
      continue;
    }
    for (const payload of payloads.value) {
      const text = `{"message_type":"EndDeviceEvents","header":${headerText},"payload":${JSON.stringify(payload)}}`;
      characters += text.length;
      if (characters > MAX_WRITTEN_CHARACTERS) {
        const complaint = `repeats so much that the message becomes more than ${MAX_WRITTEN_CHARACTERS} characters`;
        return refuse(reject('too_large', path, complaint), textOf());
      }
      const fault = findPayloadFault(payload);
      if (fault === null) events.push(text);
      else rejected.push({ rejection: rejectWithin(path, fault), payload: text });
    }
  }
  return { events, rejected };
}

function findHeaderFault(header: KaifaHeader): Rejection | null {
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
