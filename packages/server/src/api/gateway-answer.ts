import {
  describeRejection,
  type ErrorCode,
  type IngestAnswer,
  type ProblemReason,
  type Provider,
} from '@lastgasp/model';
import type { Published, Receipt, SetAside } from '../ingest/inbound-message.ts';

/** What a gateway tells a sender: the message is kept (202, 200), or nothing of it could be stored. */
export type GatewayAnswer =
  | { readonly kind: 'taken'; readonly status: 200 | 202; readonly body: IngestAnswer }
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly detail: string;
      readonly errors: readonly ProblemReason[];
    };

/**
 * The answer to a message: 202 where anything of it was stored or put on a topic, 200 where all that could be read was stored
 * before, else the reason of its first rejection. What was set aside beside stored events is in `rejected`.
 */
export function answerReceipt(provider: Provider, receipt: Receipt): GatewayAnswer {
  const rejected = receipt.rejected.map(toReason);
  if (receipt.events.length === 0 && receipt.published !== undefined) {
    return { kind: 'taken', status: 202, body: answerPublished(receipt.published, rejected) };
  }
  if (receipt.events.length === 0) {
    const first = receipt.rejected[0];
    if (first === undefined) {
      return {
        kind: 'refused',
        code: 'OMS_MESSAGE_REJECTED',
        detail: 'The message holds no event.',
        errors: [],
      };
    }
    return {
      kind: 'refused',
      code: codeOf(first),
      detail: describeRejection(first.rejection),
      errors: rejected,
    };
  }
  const stored = receipt.events.filter((event) => event.outcome === 'stored').length;
  const body: IngestAnswer = {
    status: stored === 0 ? 'duplicate' : rejected.length > 0 ? 'partly stored' : 'stored',
    stored,
    duplicate: receipt.events.length - stored,
    events: receipt.events.map(({ detail, ...event }) => ({ ...event, ...withCamelKeys(detail ?? {}) })),
    rejected,
    ...(receipt.published === undefined ? {} : { published: receipt.published.events }),
    ...(provider === 'call-center' ? intakeOf(receipt) : {}),
  };
  return { kind: 'taken', status: stored > 0 ? 202 : 200, body };
}

/** Nothing is stored yet: whoever reads the topic does. */
function answerPublished(published: Published, rejected: readonly ProblemReason[]): IngestAnswer {
  const [ticket, ...others] = published.tickets;
  return {
    status: ticket === undefined ? 'published' : 'Received',
    stored: 0,
    duplicate: 0,
    events: [],
    rejected: [...rejected],
    published: published.events,
    ...(others.length === 0 ? ticket : {}),
  };
}

/** The call center's gateway speaks its own words: the ids to ask again with, and `Received`. */
function intakeOf(receipt: Receipt): Partial<IngestAnswer> {
  const detail = receipt.events.length === 1 ? receipt.events[0]?.detail : null;
  if (detail === null || detail === undefined) return { status: 'Received' };
  return {
    status: 'Received',
    ticketId: String(detail.ticket_id),
    intakeId: String(detail.intake_id),
    omsEventId: String(detail.oms_event_id),
  };
}

function toReason({ rejection, deadLetterId }: SetAside): ProblemReason {
  return { code: rejection.code, field: rejection.field, reason: rejection.reason, deadLetterId };
}

function codeOf({ rejection }: SetAside): ErrorCode {
  switch (rejection.code) {
    case 'not_text':
    case 'invalid_json':
    case 'invalid_xml':
      return 'OMS_MESSAGE_UNREADABLE';
    case 'unsafe_content':
      return 'OMS_MESSAGE_UNSAFE';
    case 'too_large':
      return 'OMS_MESSAGE_TOO_LARGE';
    case 'compressed':
      return 'OMS_ENCODING_UNSUPPORTED';
    default:
      return 'OMS_MESSAGE_REJECTED';
  }
}

function withCamelKeys(detail: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(detail).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}
