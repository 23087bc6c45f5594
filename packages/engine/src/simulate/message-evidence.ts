import type { EvidenceKind, SourceType } from '@lastgasp/model';
import type { Instant } from '../instant.ts';
import type { EvidenceRecord } from './evidence-record.ts';
import { metersByTerminal } from './observe-terminals.ts';
import type { SimulatedMessage } from './simulated-message.ts';
import type { PlacedFeeder, Site } from './site.ts';

interface Said {
  readonly kind: EvidenceKind;
  readonly eventAt: Instant;
  /** Exactly one of the two is given: a meter by its position, a device by its index. */
  readonly meter: number | null;
  readonly device: number | null;
}

/**
 * The rows of the evidence log that messages amount to once they are taken: each event once, at its first receipt. Calls that tell
 * of a danger or of partial supply, what is told of a meter that nobody knows, and messages that are cut off are no evidence.
 */
export function messageEvidence(
  site: Site,
  messages: readonly SimulatedMessage[],
): readonly EvidenceRecord[] {
  const buildings = metersByTerminal(site);
  const seen = new Set<number>();
  const records: EvidenceRecord[] = [];
  let eventKey = 0;
  for (const message of messages) {
    if (message.isBroken || seen.has(message.number)) continue;
    seen.add(message.number);
    for (const said of eventsOf(message, site, buildings)) {
      eventKey++;
      for (const { kind, eventAt, meter, device } of said) {
        records.push({
          key: records.length + 1,
          kind,
          eventAt,
          receivedAt: message.receivedAt,
          source: { type: message.source satisfies SourceType, eventKey },
          meterKey: meter === null ? null : (site.network.meterKey[meter] as number),
          deviceKey: device === null ? null : (site.network.devices[device]?.key as number),
        });
      }
    }
  }
  return records;
}

/** What each event of a message says; of a building's terminal one thing of each of its meters. */
function eventsOf(
  message: SimulatedMessage,
  site: Site,
  buildings: readonly (readonly number[])[],
): readonly (readonly Said[])[] {
  switch (message.source) {
    case 'kaifa':
      return message.events.map(({ kind, eventAt, meter }) =>
        meter < 0 ? [] : [{ kind, eventAt, meter, device: null }],
      );
    case 'onu': {
      const { kind, eventAt, terminal } = message;
      return [(buildings[terminal] ?? []).map((meter) => ({ kind, eventAt, meter, device: null }))];
    }
    case 'scada': {
      const { kind, eventAt, feeder: index, isWholeSubstation } = message;
      const feeder = site.feeders[index] as PlacedFeeder;
      const device = isWholeSubstation ? feeder.substation : feeder.head;
      return [[{ kind, eventAt, meter: null, device }]];
    }
    case 'call_center': {
      const { status, says, identity, meter, eventAt } = message;
      const isEvidence = status === 'Registered' && says === 'no_supply' && identity !== 'wrong_number';
      return [isEvidence ? [{ kind: 'no_supply_call', eventAt, meter, device: null }] : []];
    }
  }
}
