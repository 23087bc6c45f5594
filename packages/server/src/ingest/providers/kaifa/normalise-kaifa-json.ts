import type { JsonObject } from '../../reading/json-object.ts';
import { type MessageNode, nodesFromJson } from '../../reading/message-node.ts';
import { EVENTS_NAMESPACE, MESSAGE_NAMESPACE, partOf, partsOf } from './node-parts.ts';

/** The parts of an EventMessage that events are read from, whatever it was written in. */
export interface EventMessageParts {
  readonly header: MessageNode | undefined;
  /** The EndDeviceEvents, in order. */
  readonly events: readonly MessageNode[];
}

/**
 * The parts of a message in the JSON of the head-end's converter, in any spelling of its keys: they are compared without
 * prefix, `_`, `-` and case (`nodeName`). `payload` is one event or an array of events; XML turned into JSON as it stands
 * (`Payload.EndDeviceEvents.EndDeviceEvent`) is taken too.
 */
export function normaliseKaifaJson(message: JsonObject): EventMessageParts {
  const [root] = nodesFromJson('message', message);
  if (root === undefined) return { header: undefined, events: [] };
  const payloads = partsOf(root, MESSAGE_NAMESPACE, 'payload');
  return {
    header: partOf(root, MESSAGE_NAMESPACE, 'header'),
    events: payloads.flatMap(eventsOfPayload),
  };
}

/** The events below a Payload: in `EndDeviceEvents`, beside it, or the payload itself. */
export function eventsOfPayload(payload: MessageNode): readonly MessageNode[] {
  const lists = partsOf(payload, EVENTS_NAMESPACE, 'enddeviceevents');
  const events = [payload, ...lists].flatMap((list) => partsOf(list, EVENTS_NAMESPACE, 'enddeviceevent'));
  return events.length > 0 || lists.length > 0 || payload.namespace !== null ? events : [payload];
}
