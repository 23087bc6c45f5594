import { randomUUID } from 'node:crypto';
import fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { ApiContext } from './api-context.ts';
import type { App } from './app-types.ts';
import { handleError } from './error-handler.ts';
import { addGuard } from './guard.ts';
import { sendProblem } from './problem.ts';
import { addAttentionRoutes } from './routes/attention.ts';
import { addConsoleRoutes } from './routes/console.ts';
import { addDocumentationRoutes, addOpenApi } from './routes/documentation.ts';
import { addGatewayRoutes } from './routes/gateway.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addMeterRoutes } from './routes/meters.ts';
import { addMetricsRoute } from './routes/metrics.ts';
import { addNetworkRoutes } from './routes/network.ts';
import { addOutageRoutes } from './routes/outages.ts';
import { addProviderRoute } from './routes/providers.ts';
import { addStatusRoute } from './routes/status.ts';
import { addStreamRoute } from './routes/stream.ts';
import { addTicketStatusRoute } from './routes/ticket-status.ts';
import { addSchemas } from './schemas.ts';

// A sender that dribbles a body holds a connection; a real one sends 2 MB within a second.
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;

/**
 * The HTTP application with the routes of its roles, not yet listening. A process that only correlates still
 * answers for its health and figures.
 */
export async function buildApp(context: ApiContext, log: Logger): Promise<App> {
  const app: App = fastify({
    loggerInstance: log as FastifyBaseLogger,
    // Each request would be two lines; the hook below writes what an operator looks for.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    requestTimeout: REQUEST_TIMEOUT_MS,
    bodyLimit: 1024,
    // What comes on a connection that is still open is answered as ever; a bare 503 would tell nobody when to come again.
    return503OnClosing: false,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: true },
    // What a schema does not name is refused, not dropped: a misspelt filter must not show everything.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array' } },
  });
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] as string;
    const other = request.method === 'POST' ? 'GET' : 'POST';
    if (!app.hasRoute({ method: other, url: path })) return sendProblem(reply, 'OMS_ROUTE_UNKNOWN');
    return sendProblem(reply.header('allow', other), 'OMS_METHOD_NOT_ALLOWED');
  });
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const seconds = reply.elapsedTime / 1000;
    context.metrics.observeRequest(route, request.method, reply.statusCode, seconds);
    const line = { route, method: request.method, status: reply.statusCode, seconds };
    if (reply.statusCode >= 500) request.log.warn(line, 'answered');
    else request.log.debug(line, 'answered');
  });
  app.addHook('preClose', () => context.stream.stop());

  addGuard(app, context);
  addSchemas(app);
  await addOpenApi(app);
  if (context.roles.includes('ingest')) addGatewayRoutes(app, context);
  if (context.roles.includes('api')) {
    addOutageRoutes(app, context);
    addMeterRoutes(app, context);
    addNetworkRoutes(app, context);
    addAttentionRoutes(app, context);
    addStatusRoute(app, context);
    addProviderRoute(app, context);
    addStreamRoute(app, context);
    await addConsoleRoutes(app, context);
  }
  if (context.roles.includes('api') || context.roles.includes('ingest')) addTicketStatusRoute(app, context);
  addHealthRoutes(app, context);
  addMetricsRoute(app, context);
  addDocumentationRoutes(app);
  await app.ready();
  return app;
}
