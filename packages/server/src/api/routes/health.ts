import { PROVIDER_CONDITIONS, PROVIDERS, wordOf } from '@lastgasp/model';
import Type from 'typebox';
import { readEvidenceLag } from '../../store/queries/correlate/read-evidence-lag.ts';
import { ping } from '../../store/queries/reads/ping.ts';
import type { ApiContext } from '../api-context.ts';
import type { App } from '../app-types.ts';
import { withDeadline } from '../deadline.ts';

// A probe that waits as long as the thing it probes tells nothing.
const PROBE_WITHIN_MS = 2_000;
// Evidence is read within a second; a minute means that the correlator is stuck or gone.
const LAG_TOLERATED_SECONDS = 60;

const Readiness = Type.Object({
  status: Type.Unsafe<'ready' | 'degraded' | 'unavailable'>({
    type: 'string',
    enum: ['ready', 'degraded', 'unavailable'],
    description:
      'degraded: messages are taken and lists answered, but outages are behind, or a provider is sick',
  }),
  roles: Type.Array(Type.String()),
  database: Type.Unsafe<'up' | 'away'>({ type: 'string', enum: ['up', 'away'] }),
  correlatorLagSeconds: Type.Unsafe<number | null>({
    type: ['number', 'null'],
    description: 'Age of the oldest evidence that is not correlated yet; null where the database is away',
  }),
  providers: Type.Array(
    Type.Object({
      provider: wordOf(PROVIDERS),
      conditions: Type.Array(wordOf(PROVIDER_CONDITIONS)),
      silenceSeconds: Type.Unsafe<number | null>({
        type: ['number', 'null'],
        description: 'Since it was last heard; null where it never was',
      }),
    }),
    {
      description:
        'What is wrong with the providers; no conditions where one is well. Empty where the database is away',
    },
  ),
});

/** Adds the two questions of a supervisor: does the process live, and can it do its work. */
export function addHealthRoutes(app: App, context: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/health/live',
    config: { access: { scopes: 'public' } },
    schema: {
      operationId: 'health-live',
      tags: ['Operation'],
      summary: 'Whether the process lives; asks nobody else',
      security: [],
      response: {
        200: {
          description: 'It lives',
          ...Type.Object({ status: Type.Unsafe<'live'>({ type: 'string', enum: ['live'] }) }),
        },
      },
    },
    handler: async () => ({ status: 'live' as const }),
  });

  app.route({
    method: 'GET',
    url: '/health/ready',
    config: { access: { scopes: ['read'] } },
    schema: {
      operationId: 'health-ready',
      tags: ['Operation'],
      summary: 'Whether the database answers, the correlator keeps up, and the providers are well',
      response: {
        200: { description: 'It can work', ...Readiness },
        503: { description: 'The database does not answer', ...Readiness },
      },
    },
    handler: async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      const { roles } = context;
      try {
        await withDeadline(ping(context.control), PROBE_WITHIN_MS);
        const lag = await withDeadline(readEvidenceLag(context.control), PROBE_WITHIN_MS);
        const providers = (await withDeadline(context.providerHealth(), PROBE_WITHIN_MS)).map(
          ({ provider, conditions, silenceSeconds }) => ({
            provider,
            conditions: conditions.map(({ condition }) => condition),
            silenceSeconds,
          }),
        );
        const isSick = providers.some(({ conditions }) => conditions.length > 0);
        return {
          status:
            isSick || lag.ageSeconds > LAG_TOLERATED_SECONDS ? ('degraded' as const) : ('ready' as const),
          roles: [...roles],
          database: 'up' as const,
          correlatorLagSeconds: lag.ageSeconds,
          providers,
        };
      } catch {
        return reply.code(503).send({
          status: 'unavailable',
          roles: [...roles],
          database: 'away',
          correlatorLagSeconds: null,
          providers: [],
        });
      }
    },
  });
}
