import { err, ok, type Rejection, type Result } from '@lastgasp/model';
import type { MessageNode } from '../../reading/message-node.ts';
import { reject } from '../../reading/reject.ts';
import { iecNameOfNode, type KaifaIdentified, type KaifaName, type KaifaPayload } from './kaifa-event.ts';
import { EVENTS_NAMESPACE, partOf, partsOf, repeatedPart, textPart } from './node-parts.ts';

/** Fields of which an event has one at most, in their comparable form; others may repeat, and unknown ones are not read. */
const SINGLE_FIELDS: ReadonlySet<string> = new Set([
  'mrid',
  'createddatetime',
  'issuerid',
  'issuertrackingid',
  'reason',
  'severity',
  'userid',
  'enddeviceeventtype',
  'eventtype',
  'status',
]);

/** The standard's name of the type, then those that converters made of it. */
const EVENT_TYPE_NAMES: readonly string[] = ['enddeviceeventtype', 'eventtype', 'eventtyperef'];

const text = (node: MessageNode | undefined, ...names: string[]) =>
  textPart(node, EVENTS_NAMESPACE, ...names);

/**
 * An EndDeviceEvent in the converter's spelling, as one payload for each meter that it is about. The standard has one
 * Assets and one UsagePoint in an event. A concentrator that lists several Assets reports as many meters: they are taken
 * one by one, each with the usage point at the same place of the list. Refused as ambiguous are numbers of both that do
 * not fit each other, and a single field that stands there twice.
 */
export function readEndDeviceEvent(event: MessageNode): Result<readonly KaifaPayload[], Rejection> {
  const repeated = repeatedPart(event, EVENTS_NAMESPACE, SINGLE_FIELDS);
  if (repeated !== undefined) {
    return err(reject('invalid_field', iecNameOfNode(repeated), 'is given twice in one event'));
  }
  const assets = readAllIdentified(event, 'assets', 'asset');
  const usagePoints = readAllIdentified(event, 'usagepoint', 'usagepoints');
  const meters = Math.max(assets.length, usagePoints.length);
  const fits = assets.length === 0 || usagePoints.length === 0 || assets.length === usagePoints.length;
  if (!fits) {
    const complaint = `${assets.length} Assets and ${usagePoints.length} UsagePoint do not say which belongs to which`;
    return err(reject('invalid_field', 'UsagePoint', complaint));
  }
  const shared = readSharedFields(event);
  if (meters === 0) return ok([shared]);
  // Overwritten, not added: a payload's fields keep their order, so that equal events are equal texts.
  return ok(
    Array.from({ length: meters }, (_, at) => ({
      ...shared,
      assets: assets[at],
      usage_point: usagePoints[at],
    })),
  );
}

/** All fields but those that say which meter it is about. */
function readSharedFields(event: MessageNode): KaifaPayload {
  return {
    mrid: text(event, 'mrid', 'eventid', 'eventidvalue', 'id'),
    created_date_time: text(event, 'createddatetime'),
    issuer_id: text(event, 'issuerid'),
    issuer_tracking_id: text(event, 'issuertrackingid'),
    reason: text(event, 'reason'),
    severity: text(event, 'severity'),
    user_id: text(event, 'userid'),
    assets: undefined,
    details: readDetails(event),
    event_type: { '@ref': readEventType(event) },
    names: readNames(event),
    status: readStatus(event),
    usage_point: undefined,
  };
}

/** `ref` is an attribute in XML; JSON has it as an attribute, as a field, or instead of the whole object. */
function readEventType(event: MessageNode): string | undefined {
  const type = EVENT_TYPE_NAMES.map((name) => partOf(event, EVENTS_NAMESPACE, name)).find(isGiven);
  if (type === undefined) return undefined;
  const attribute = type.attributes.find(
    ({ name, namespace }) =>
      name === 'ref' && (namespace === null || namespace === '' || namespace === EVENTS_NAMESPACE),
  );
  const written = attribute?.value ?? (type.namespace === null ? (text(type, 'ref') ?? type.text) : '');
  return written === '' ? undefined : written;
}

function readAllIdentified(event: MessageNode, ...names: readonly string[]): readonly KaifaIdentified[] {
  return names
    .flatMap((name) => partsOf(event, EVENTS_NAMESPACE, name))
    .map(readIdentified)
    .filter(isGiven);
}

/** JSON also has the bare mRID where the object is expected. */
function readIdentified(node: MessageNode): KaifaIdentified | undefined {
  const mrid = text(node, 'mrid') ?? (node.namespace === null ? node.text || undefined : undefined);
  const names = readNames(node);
  return mrid === undefined && names === undefined ? undefined : { 'ns2:mRID': mrid, names };
}

function readDetails(
  event: MessageNode,
): { name: string | undefined; value: string | undefined }[] | undefined {
  const details = [
    ...partsOf(event, EVENTS_NAMESPACE, 'enddeviceeventdetails'),
    ...partsOf(event, EVENTS_NAMESPACE, 'details'),
  ];
  if (details.length === 0) return undefined;
  return details.map((detail) => ({ name: text(detail, 'name'), value: text(detail, 'value') }));
}

/** A name's type is an element with a name and a description in XML, and a text beside the name in JSON. */
function readNames(node: MessageNode): KaifaName[] | undefined {
  const names = partsOf(node, EVENTS_NAMESPACE, 'names');
  if (names.length === 0) return undefined;
  return names.map((name) => {
    const type = partOf(name, EVENTS_NAMESPACE, 'nametype');
    return {
      name: text(name, 'name'),
      name_type: text(type, 'name') ?? (type?.text || undefined),
      description: text(name, 'description') ?? text(name, 'namedescription') ?? text(type, 'description'),
    };
  });
}

function readStatus(event: MessageNode): KaifaPayload['status'] {
  const status = partOf(event, EVENTS_NAMESPACE, 'status');
  if (status === undefined) return undefined;
  const read = {
    date_time: text(status, 'datetime'),
    reason: text(status, 'reason'),
    remark: text(status, 'remark'),
    value: text(status, 'value'),
  };
  // JSON also has the bare value where the object is expected.
  if (status.text !== '' && status.children.length === 0) return { ...read, value: status.text };
  return Object.values(read).some(isGiven) ? read : undefined;
}

function isGiven<T>(value: T | undefined): value is T {
  return value !== undefined;
}
