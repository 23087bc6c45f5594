import type { Readable } from 'node:stream';
import { ERRORS, IngestAnswer, type Provider, refTo } from '@lastgasp/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiContext } from '../api-context.ts';
import type { App } from '../app-types.ts';
import { withDeadline } from '../deadline.ts';
import { answerReceipt, type GatewayAnswer } from '../gateway-answer.ts';
import { sendProblem } from '../problem.ts';
import { type ReceivedBody, receiveBody } from '../receive-body.ts';
import { problems } from '../schemas.ts';
import { formatSoapReply, wantsSoap } from '../soap-reply.ts';
import { createUnreadKeeper, findUnreadable, type UnreadKeeper } from '../unread-message.ts';

interface Gateway {
  readonly provider: Provider;
  readonly urls: readonly string[];
  readonly bodyLimit: number;
  readonly summary: string;
}

const JSON_LIMIT = 1024 * 1024;
const SOAP_LIMIT = 2 * 1024 * 1024;
// Requests must end while the sender still waits, also when the database hangs.
const ANSWER_WITHIN_MS = 5_000;
const NOTHING: ReceivedBody = { bytes: Buffer.alloc(0), sentBytes: 0 };

/** The routes that providers send to today, and one alias of one form for each (providers.md). */
export const GATEWAYS: readonly Gateway[] = [
  {
    provider: 'scada',
    urls: ['/scada-mock-generator', '/api/ingest/scada'],
    bodyLimit: JSON_LIMIT,
    summary: 'Take a SCADA alarm or restoration',
  },
  {
    provider: 'onu',
    urls: ['/onu-event', '/api/ingest/onu'],
    bodyLimit: JSON_LIMIT,
    summary: 'Take a last gasp or restoration of a fibre terminal',
  },
  {
    provider: 'kaifa',
    urls: ['/hes-mock-generator', '/api/ingest/kaifa'],
    bodyLimit: SOAP_LIMIT,
    summary: "Take a meter head-end's EventMessage (SOAP, or the converter's JSON) with one or many events",
  },
  {
    provider: 'call-center',
    urls: ['/trouble-call/intake', '/call-center-ticket-generator', '/api/ingest/call-center'],
    bodyLimit: JSON_LIMIT,
    summary: 'Take a customer call, or a new status of its ticket',
  },
];

/**
 * Adds the gateways: each takes a body of any content type as it is and answers once it is committed. What cannot be taken is
 * a dead letter, whatever the reason; only a sender that has no key is refused before anything of its message is read.
 */
export function addGatewayRoutes(app: App, context: ApiContext): void {
  const keepUnread = createUnreadKeeper(context);
  app.register(async (gateways: App) => {
    gateways.removeAllContentTypeParsers();
    gateways.addContentTypeParser('*', async (request: FastifyRequest, body: Readable) =>
      receiveBody(body, request.routeOptions.bodyLimit ?? JSON_LIMIT),
    );
    for (const gateway of GATEWAYS) {
      for (const [index, url] of gateway.urls.entries()) {
        gateways.route({
          method: 'POST',
          url,
          bodyLimit: gateway.bodyLimit,
          config: { access: { scopes: [`ingest:${gateway.provider}`] } },
          schema: {
            operationId: `send-${gateway.provider}${index === 0 ? '' : `-alias-${index}`}`,
            tags: ['Gateways'],
            summary: gateway.summary,
            description: describe(gateway),
            response: {
              200: { description: 'Every event of it was stored before', ...refTo(IngestAnswer) },
              202: { description: 'Stored; what was set aside is in `rejected`', ...refTo(IngestAnswer) },
              ...problems(400, 413, 415, 422, 503),
            },
          },
          onRequest: ignoreContentType,
          handler: (request, reply) => receive(context, keepUnread, gateway, request, reply),
        });
      }
    }
  });
}

/** A content type that is no content type would be refused before the message is there to be kept. */
async function ignoreContentType(request: FastifyRequest) {
  request.raw.headers['content-type'] = 'application/octet-stream';
}

async function receive(
  context: ApiContext,
  keepUnread: UnreadKeeper,
  gateway: Gateway,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const body = (request.body as ReceivedBody | undefined) ?? NOTHING;
  // The rest of it is still on the way.
  if (body.sentBytes === null) reply.header('connection', 'close');
  const unreadable = findUnreadable(body, gateway.bodyLimit, {
    encoding: encodingOf(request),
    declaredBytes: declaredBytesOf(request),
  });
  const { provider } = gateway;
  const sender = senderOf(provider, request);
  const receivedAt = new Date();
  const receipt = await withDeadline(
    unreadable === null
      ? context.ingest.receive({
          provider,
          body: body.bytes,
          receivedAt,
          transport: 'http',
          ...(sender === undefined ? {} : { sender }),
        })
      : keepUnread({
          provider,
          bytes: body.bytes,
          rejection: unreadable,
          sender: sender ?? null,
          remoteAddress: request.ip,
          receivedAt,
        }),
    ANSWER_WITHIN_MS,
  );
  const answer = answerReceipt(gateway.provider, receipt);
  if (gateway.provider === 'kaifa' && wantsSoap(request.headers.accept)) return sendSoap(reply, answer);
  if (answer.kind === 'refused') {
    return sendProblem(reply, answer.code, { detail: answer.detail, errors: answer.errors });
  }
  return reply.code(answer.status).send(answer.body);
}

/** How the body is compressed; null where it is not. */
function encodingOf(request: FastifyRequest): string | null {
  const encoding = request.headers['content-encoding']?.trim() ?? '';
  return encoding === '' || encoding.toLowerCase() === 'identity' ? null : encoding;
}

function declaredBytesOf(request: FastifyRequest): number | null {
  const declared = Number(request.headers['content-length'] ?? Number.NaN);
  return Number.isSafeInteger(declared) ? declared : null;
}

/** SCADA's header names the source of the alarm; for the others it is noted which key a dead letter came with. */
function senderOf(provider: Provider, request: FastifyRequest): string | undefined {
  if (provider !== 'scada') return request.keyHolder?.name;
  const header = request.headers['x-scada-source'];
  const source = (Array.isArray(header) ? header[0] : header)?.trim().slice(0, 64);
  return source === '' ? undefined : source;
}

function sendSoap(reply: FastifyReply, answer: GatewayAnswer) {
  const status = answer.kind === 'taken' ? answer.status : (ERRORS[answer.code].httpStatus ?? 422);
  return reply
    .code(status)
    .type('text/xml; charset=utf-8')
    .serializer((text: string) => text)
    .send(formatSoapReply(answer, new Date()));
}

function describe(gateway: Gateway): string {
  const soap =
    gateway.provider === 'kaifa'
      ? ' A sender whose Accept header begins with an XML type is answered with an IEC 61968-100 ResponseMessage.'
      : '';
  return (
    'The body is taken as it is, bare or in a Kafka envelope, whatever its content type; a JSON array holds several. ' +
    `At most ${gateway.bodyLimit / 1024 / 1024} MB, not compressed. Sent twice it has one effect.${soap}`
  );
}
