// The state of the line: `connecting` until the list and the stream are there, then `live`; `stale` where the
// stream is open and silent for longer than its heartbeat allows, which is then opened anew; `disconnected` where it
// is not open.

const HEARTBEAT_MS = 15_000;
const SILENT_AFTER_MS = HEARTBEAT_MS + 8_000;
const AGAIN_AFTER_MS = 3_000;
const ANSWER_WITHIN_MS = 15_000;
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
  let again = null;
  let isLoading = false;
  let heardAt = null;
  // Since when nothing has come, however it was tried.
  let silentSince = Date.now();
  let state = 'connecting';

  const setState = (next) => {
    if (next === state) return;
    state = next;
    onState(state);
  };
  const hear = () => {
    heardAt = Date.now();
    silentSince = heardAt;
    setState('live');
  };
  const loadLater = () => {
    clearTimeout(again);
    again = setTimeout(load, AGAIN_AFTER_MS);
  };

  async function load() {
    if (isLoading) return;
    isLoading = true;
    silentSince = Date.now();
    clearTimeout(again);
    source?.close();
    try {
      const { outages, revision } = await loadAll();
      revisions.clear();
      for (const outage of outages) revisions.set(outage.id, outage.revision);
      onReload(outages);
      listen(revision);
    } catch {
      setState('disconnected');
      loadLater();
    } finally {
      isLoading = false;
    }
  }

  function listen(revision) {
    const opened = new EventSource(`/api/stream?after=${revision}`);
    source = opened;
    opened.addEventListener('ready', hear);
    opened.addEventListener('heartbeat', hear);
    opened.addEventListener('reset', load);
    opened.addEventListener('outage', (event) => {
      hear();
      const outage = JSON.parse(event.data);
      if (outage.revision < (revisions.get(outage.id) ?? 0)) return;
      revisions.set(outage.id, outage.revision);
      onChange(outage);
    });
    opened.addEventListener('error', () => {
      if (source !== opened) return;
      setState('disconnected');
      // The browser comes back by itself after a cut, but not after a refusal.
      if (opened.readyState === EventSource.CLOSED) loadLater();
    });
  }

  setInterval(() => {
    if (Date.now() - silentSince <= SILENT_AFTER_MS) return;
    if (state === 'live') setState('stale');
    // The line may be dead without either end having been told.
    load();
  }, 1000);
  load();

  return {
    /** When the server was last heard, in milliseconds of this machine's clock; null before that. */
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

/** The JSON at an address; fails for any answer but a good one, and where none comes. */
export async function getJson(path) {
  const answer = await fetch(path, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}
