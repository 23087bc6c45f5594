import staticFiles from '@fastify/static';
import type { ApiContext } from '../api-context.ts';
import type { App } from '../app-types.ts';

/** The files of the page; nothing else of its folder is served. */
const FILES = [
  'index.html',
  'icon.svg',
  'style.css',
  'docs.css',
  'announcer.js',
  'app.js',
  'call-list.js',
  'element.js',
  'language.js',
  'live-outages.js',
  'outage-detail.js',
  'outage-name.js',
  'outage-reasons.js',
  'outage-row.js',
  'outage-story.js',
  'outage-table.js',
  'site-status.js',
  'texts-ar.js',
  'texts-en.js',
] as const;

/** Adds the read-only page at `/`: plain files, no build, nothing from another host. */
export async function addConsoleRoutes(app: App, { consoleFolder }: ApiContext): Promise<void> {
  await app.register(staticFiles, { root: consoleFolder, serve: false, cacheControl: false });
  for (const file of FILES) {
    app.route({
      method: 'GET',
      url: file === 'index.html' ? '/' : `/${file}`,
      config: { access: { scopes: ['read'] } },
      schema: { hide: true },
      // Revalidated each time, so that a new version is never mixed with an old one.
      handler: (_request, reply) => reply.header('cache-control', 'no-cache').sendFile(file),
    });
  }
}
