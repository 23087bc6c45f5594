import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { ApiContext } from '../api-context.ts';
import type { App } from '../app-types.ts';
import { bearerOf } from '../guard.ts';
import { sendProblem } from '../problem.ts';
import { problems } from '../schemas.ts';
import type { StreamSink } from '../stream-client.ts';

// A browser comes back after this; the server may have been restarted meanwhile.
const RETRY_MS = 2_000;

const DESCRIPTION = `Server-sent events. \`outage\` carries the whole present state of an outage that changed
(OutageSummary); apply it where its \`revision\` is not below the one you have. \`ready\` follows once you were told
what you missed. \`reset\` says that it can no longer be told: load \`/api/outages\` afresh. \`heartbeat\` comes every
15 seconds. The event id is the revision: a client that comes back with \`Last-Event-ID\` misses nothing; one that
begins gives \`after\`, the \`revision\` of the list it loaded.`;

/** Adds the live stream of outages. */
export function addStreamRoute(app: App, { stream, keyRing }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/api/stream',
    exposeHeadRoute: false,
    config: { access: { scopes: ['read'], isStream: true } },
    schema: {
      operationId: 'stream-outages',
      tags: ['Outages'],
      summary: 'Outages as they change',
      description: DESCRIPTION,
      querystring: Type.Object(
        { after: Type.Optional(Type.Integer({ minimum: 0, description: '`revision` of the list' })) },
        { additionalProperties: false },
      ),
      headers: Type.Object({ 'last-event-id': Type.Optional(Type.String()) }),
      response: {
        200: {
          description: 'Events for as long as the client stays',
          content: { 'text/event-stream': { schema: Type.String() } },
        },
        ...problems(400, 503),
      },
    },
    handler: async (request, reply) => {
      if (!stream.hasRoom) return sendProblem(reply, 'OMS_STREAMS_FULL', { retryAfterSeconds: 30 });
      const after = positionOf(request.headers['last-event-id'], request.query.after);
      const sentKey = bearerOf(request);
      const canStay = async () => sentKey === null || (await keyRing.identify(sentKey)) !== null;
      await stream.join(openAnswer(request, reply), after, canStay);
    },
  });
}

/** What the client has seen; an id that this server never gave counts as beyond all history. */
function positionOf(lastEventId: string | undefined, after: number | undefined): number | null {
  if (lastEventId === undefined || lastEventId === '') return after ?? null;
  return /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : Number.MAX_SAFE_INTEGER;
}

function openAnswer(request: FastifyRequest, reply: FastifyReply): StreamSink {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // A proxy that buffers would hold changes back.
    'x-accel-buffering': 'no',
  });
  request.raw.socket.setNoDelay(true);
  request.raw.socket.setTimeout(0);
  raw.write(`retry: ${RETRY_MS}\n\n`);
  // A client that is cut off while it is written to must not end the process.
  raw.on('error', () => undefined);
  return {
    write: (text) => void raw.write(text),
    bufferedBytes: () => raw.writableLength,
    end: (abruptly) => (abruptly ? raw.destroy() : raw.end()),
    onClose: (act) => raw.on('close', act),
  };
}
