import { PROVIDERS, refTo, SiteStatus } from '@lastgasp/model';
import { readEvidenceLag } from '../../store/queries/correlate/read-evidence-lag.ts';
import { readRevisionRange } from '../../store/queries/reads/read-revision.ts';
import type { ApiContext } from '../api-context.ts';
import type { App } from '../app-types.ts';
import { problems } from '../schemas.ts';

/** Adds the trust signs that the console's header shows. */
export function addStatusRoute(app: App, context: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/api/status',
    config: { access: { scopes: ['read'] } },
    schema: {
      operationId: 'read-status',
      tags: ['Operation'],
      summary: 'How each provider is heard, how far the correlator is behind, and how many are out',
      response: { 200: { description: 'The status', ...refTo(SiteStatus) }, ...problems(503) },
    },
    handler: async () => {
      const [totals, { newest }, lag, health] = await Promise.all([
        context.siteTotals(),
        readRevisionRange(context.reads),
        readEvidenceLag(context.reads),
        context.providerHealth(),
      ]);
      return {
        now: new Date().toISOString(),
        startedAt: context.startedAt.toISOString(),
        siteTimeZone: context.siteTimeZone,
        revision: newest,
        openOutages: Object.values(totals.openOutages).reduce((sum, outages) => sum + outages, 0),
        plannedOutages: totals.plannedOutages,
        customersOutNow: totals.customersOutNow,
        hazardCalls: totals.hazardCalls,
        correlatorLagSeconds: lag.ageSeconds,
        evidenceWaiting: lag.rows,
        networkLoaded: totals.networkLoaded,
        providers: PROVIDERS.map((provider) => {
          const { lastReceivedAt, deadLetters, unmatched } = totals.providers[provider];
          const { stored, duplicate, rejected } = context.ingestCounts[provider];
          return {
            provider,
            lastReceivedAt: lastReceivedAt?.toISOString() ?? null,
            stored,
            duplicate,
            rejected,
            deadLetters,
            unmatched,
            conditions: (health.find((one) => one.provider === provider)?.conditions ?? []).map(
              ({ condition, startsAt }) => ({ condition, startsAt }),
            ),
          };
        }),
        unknown: { deadLetters: totals.unknownDeadLetters },
      };
    },
  });
}
