import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { KeyHolder } from '../access/key-ring.ts';
import { RateLimiter } from '../access/rate-limiter.ts';
import { type KeyScope, reaches } from '../access/scopes.ts';
import { refuseForeign } from '../access/site-boundary.ts';
import type { ApiContext } from './api-context.ts';
import type { App } from './app-types.ts';
import { sendProblem } from './problem.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** Who may call a route: everybody, or a key with one of these scopes. */
export interface RouteAccess {
  readonly scopes: 'public' | readonly KeyScope[];
  /** A live stream, which stays open. */
  readonly isStream?: boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
  interface FastifyRequest {
    /** Who the request comes from; null where no key was sent. */
    keyHolder: KeyHolder | null;
  }
}

// The console asks a few times a minute; this leaves room for a control room behind one address.
const READS = { burst: 300, perSecond: 100 };
// A wrong key is a mistake a few times, and a guess after that.
const WRONG_KEYS = { burst: 20, perSecond: 0.5 };

/**
 * Puts the guard before every route: the boundary of the site, the key and its scope, the rate of reads, and
 * the security headers. A route without declared access fails the start.
 */
export function addGuard(app: App, context: ApiContext): void {
  const reads = new RateLimiter(READS);
  const wrongKeys = new RateLimiter(WRONG_KEYS);
  app.decorateRequest('keyHolder', null);

  app.addHook('onRoute', (route: RouteOptions) => {
    if (route.config?.access === undefined) {
      throw new Error(`route ${String(route.method)} ${route.url} does not say who may call it`);
    }
  });

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    reply.header('x-request-id', request.id);
    const access = request.routeOptions.config.access ?? { scopes: ['read'] };
    const foreign = refuseForeign(
      {
        method: request.method,
        host: request.headers.host,
        origin: request.headers.origin,
        fetchSite: request.headers['sec-fetch-site'] as string | undefined,
        isStream: access.isStream === true,
      },
      context.onLoopback,
    );
    if (foreign === 'host') return sendProblem(reply, 'OMS_HOST_REFUSED');
    if (foreign === 'origin') return sendProblem(reply, 'OMS_ORIGIN_REFUSED');
    if (access.scopes === 'public') return;

    const refused = await checkKey(request, reply, access.scopes);
    if (refused !== null) return refused;

    // Gateways have no limit of their own: a storm is what they are for, and the queue bounds them.
    if (!access.scopes.some((scope) => scope.startsWith('ingest'))) return limitReads(request, reply);
  });

  async function checkKey(request: FastifyRequest, reply: FastifyReply, wanted: readonly KeyScope[]) {
    const sentKey = bearerOf(request);
    if (sentKey === null) {
      if (context.onLoopback && request.headers.authorization === undefined) return null;
      reply.header('www-authenticate', 'Bearer realm="lastgasp"');
      return sendProblem(reply, 'OMS_KEY_MISSING');
    }
    const tries = wrongKeys.look(request.ip);
    if (!tries.allowed) {
      return sendProblem(reply, 'OMS_RATE_LIMITED', { retryAfterSeconds: tries.resetSeconds });
    }
    const holder = await context.keyRing.identify(sentKey);
    if (holder === null) {
      wrongKeys.take(request.ip);
      request.log.warn({ ip: request.ip, url: request.routeOptions.url }, 'a key was refused');
      reply.header('www-authenticate', 'Bearer realm="lastgasp", error="invalid_token"');
      return sendProblem(reply, 'OMS_KEY_INVALID');
    }
    if (!reaches(holder.scopes, wanted)) {
      request.log.warn(
        { keyId: holder.keyId, url: request.routeOptions.url },
        'a key reaches other routes only',
      );
      return sendProblem(reply, 'OMS_SCOPE_MISSING', {
        detail: `The route asks for ${wanted.join(' or ')}.`,
      });
    }
    request.keyHolder = holder;
    return null;
  }

  function limitReads(request: FastifyRequest, reply: FastifyReply) {
    const verdict = reads.take(request.keyHolder?.keyId ?? request.ip);
    reply.headers({
      'ratelimit-limit': String(verdict.limit),
      'ratelimit-remaining': String(verdict.remaining),
      'ratelimit-reset': String(verdict.resetSeconds),
    });
    if (!verdict.allowed) {
      return sendProblem(reply, 'OMS_RATE_LIMITED', { retryAfterSeconds: verdict.resetSeconds });
    }
  }
}

/** The key of the Authorization header; a key in the address is never looked at, since addresses are logged. */
export function bearerOf(request: FastifyRequest): string | null {
  const match = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '');
  return match === null ? null : (match[1] as string);
}
