/** Why a request is refused before anything else is looked at. */
export type BoundaryRefusal = 'host' | 'origin';

/** What of a request tells where it comes from. */
export interface RequestOrigin {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  /** A live stream is guarded like a change: it stays open and shows everything. */
  readonly isStream: boolean;
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Whether an address that the server listens on can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Refuses what another site's page makes a browser send. On loopback the Host header must name this machine:
 * a name that an attacker's DNS points here (DNS rebinding) is refused. Everywhere, a request that changes
 * something, or a live stream, must not come from a page of another origin.
 */
export function refuseForeign(request: RequestOrigin, onLoopback: boolean): BoundaryRefusal | null {
  if (onLoopback && !isLoopback(hostName(request.host))) return 'host';
  if (SAFE_METHODS.includes(request.method) && !request.isStream) return null;
  if (request.fetchSite === 'cross-site') return 'origin';
  if (request.origin === undefined) return null;
  // 'null' is what a sandboxed frame or a local file sends: nobody's own page.
  if (!URL.canParse(request.origin)) return 'origin';
  return new URL(request.origin).host === request.host?.toLowerCase() ? null : 'origin';
}

function hostName(host: string | undefined): string {
  if (host === undefined) return '';
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(host);
  if (bracketed !== null) return bracketed[1] as string;
  return host.replace(/:\d+$/, '').toLowerCase();
}
