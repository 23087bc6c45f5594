import { err, ok, type Rejection, type Result } from '@lastgasp/model';
import { Compile } from 'typebox/compile';
import { reject, rejectWithin } from '../../reading/reject.ts';
import { findFieldFault } from '../../reading/validate.ts';
import { MAX_WRITTEN_CHARACTERS, type ReadMessage, refuse, type SetAside } from '../set-aside.ts';
import { iecHeaderName, iecName, KaifaHeader, KaifaPayload } from './kaifa-event.ts';
import type { EventMessageParts } from './normalise-kaifa-json.ts';
import { readEndDeviceEvent } from './read-end-device-event.ts';
import { findAmbiguousHeader, readHeader } from './read-header.ts';
import { writeEventNode } from './write-event-node.ts';

const headerValidator = Compile(KaifaHeader);
const payloadValidator = Compile(KaifaPayload);

/** Most events of one message; the largest real ones have some 3,000, in 2 MB. */
const MAX_EVENTS = 10_000;

/**
 * The events of one EventMessage, each as JSON in the converter's canonical spelling: `message_type`, the message's
 * `header`, and the event as `payload`; what is absent is left out. An event is about its meter. A faulty event is set aside alone. A faulty header
 * sets the message aside whole. `textOf` gives the whole message, which is also what is kept of an ambiguous event that is
 * alone in it; of one among others its own parts are kept, as they stand there.
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
  const subjects: string[] = [];
  const rejected: SetAside[] = [];
  let characters = 0;
  const write = (payload: unknown) => {
    const text = `{"message_type":"EndDeviceEvents","header":${headerText},"payload":${JSON.stringify(payload)}}`;
    characters += text.length;
    return text;
  };
  for (const [index, node] of parts.events.entries()) {
    const path = `EndDeviceEvent[${index}]`;
    const payloads = readEndDeviceEvent(node);
    if (!payloads.ok) {
      const payload = parts.events.length === 1 ? textOf() : write(writeEventNode(node));
      rejected.push({ rejection: rejectWithin(path, payloads.error), payload });
    }
    for (const payload of payloads.ok ? payloads.value : []) {
      const text = write(payload);
      const checked = checkPayload(payload);
      if (checked.ok) {
        events.push(text);
        subjects.push(checked.value);
      } else rejected.push({ rejection: rejectWithin(path, checked.error), payload: text });
      if (characters > MAX_WRITTEN_CHARACTERS) break;
    }
    if (characters > MAX_WRITTEN_CHARACTERS) {
      const complaint = `repeats so much that the message becomes more than ${MAX_WRITTEN_CHARACTERS} characters`;
      return refuse(reject('too_large', path, complaint), textOf());
    }
  }
  return { events, subjects, rejected };
}

function findHeaderFault(header: KaifaHeader): Rejection | null {
  const fault = findFieldFault(headerValidator, header, iecHeaderName);
  return fault === null ? null : rejectWithin('Header', fault);
}

/** The meter that an event without fault is about: its asset, else its usage point. */
function checkPayload(payload: KaifaPayload): Result<string, Rejection> {
  if (payload.event_type['@ref'] === undefined) {
    return err(reject('missing_field', 'EndDeviceEventType.ref', 'is missing'));
  }
  const meter = payload.assets?.['ns2:mRID'] ?? payload.usage_point?.['ns2:mRID'];
  if (meter === undefined) {
    return err(reject('missing_field', 'Assets.mRID', 'is missing, and UsagePoint.mRID too'));
  }
  const fault = findFieldFault(payloadValidator, payload, iecName);
  return fault === null ? ok(meter) : err(fault);
}
