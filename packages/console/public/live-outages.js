// The state of the line: `connecting` until the list and the stream are there, then `live`; `stale` where the
// stream is open and silent for longer than its heartbeat allows; `disconnected` where it is not open.

const HEARTBEAT_MS = 15_000;
const SILENT_AFTER_MS = HEARTBEAT_MS + 8_000;
const AGAIN_AFTER_MS = 3_000;
const MOST_OUTAGES = 5_000;
const OPEN = ['detected', 'confirmed', 'in_progress', 'partially_restored'];

/** Whether an outage has not ended. */
export const isOpen = (outage) => OPEN.includes(outage.status);

/**
 * Keeps the open outages in step with the server and tells `onChange(outage)`, `onReload(outages)` and
 * `onState(state)`.
 */
export function followOutages({ onChange, onReload, onState }) {
  const revisions = new Map();
  let source = null;
  let heardAt = Date.now();
  let state = 'connecting';

  const setState = (next) => {
    if (next === state) return;
    state = next;
    onState(state);
  };
  const hear = () => {
    heardAt = Date.now();
    setState('live');
  };

  async function load() {
    source?.close();
    try {
      const { outages, revision } = await loadAll();
      revisions.clear();
      for (const outage of outages) revisions.set(outage.id, outage.revision);
      onReload(outages);
      listen(revision);
    } catch {
      setState('disconnected');
      setTimeout(load, AGAIN_AFTER_MS);
    }
  }

  function listen(revision) {
    source = new EventSource(`/api/stream?after=${revision}`);
    source.addEventListener('ready', hear);
    source.addEventListener('heartbeat', hear);
    source.addEventListener('reset', load);
    source.addEventListener('outage', (event) => {
      hear();
      const outage = JSON.parse(event.data);
      if (outage.revision < (revisions.get(outage.id) ?? 0)) return;
      revisions.set(outage.id, outage.revision);
      onChange(outage);
    });
    source.addEventListener('error', () => {
      setState('disconnected');
      // The browser comes back by itself after a cut, but not after a refusal.
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(load, AGAIN_AFTER_MS);
    });
  }

  setInterval(() => {
    if (state === 'live' && Date.now() - heardAt > SILENT_AFTER_MS) setState('stale');
  }, 1000);
  load();

  return {
    /** When the server was last heard, in milliseconds of this machine's clock. */
    heardAt: () => heardAt,
  };
}

async function loadAll() {
  const outages = [];
  let cursor = null;
  let revision = null;
  do {
    const page = await getJson(
      `/api/outages?open=true&limit=500${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    outages.push(...page.outages);
    // The first page's: what changes while the others are read comes by the stream.
    revision ??= page.revision;
    cursor = page.nextCursor;
  } while (cursor !== null && outages.length < MOST_OUTAGES);
  return { outages, revision };
}

/** The JSON at an address; fails for any answer but a good one. */
export async function getJson(path) {
  const answer = await fetch(path, { headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}
