import { element, isolated } from './element.js';
import { isOpen } from './live-outages.js';

const SHAPES = {
  detected: '◇',
  confirmed: '■',
  in_progress: '▣',
  partially_restored: '◧',
  restored: '✓',
  cancelled: '✕',
};
// Long enough to be seen by whoever looked away; then the row makes room.
const ENDED_SHOWN_MS = 60_000;

/**
 * The table of outages, most customers out first. A row changes where it stands. While the pointer or the focus
 * is in the table no row moves, comes or goes: what waits is counted by `onHeld(count)`, and `settle()` or
 * leaving the table lets it happen.
 */
export function createOutageTable({ table, rows, language, onHeld, onOpen }) {
  const outages = new Map();
  const elements = new Map();
  const endedAt = new Map();
  let isDrawing = false;
  const holdsStill = matchMedia('(hover: hover)');

  const isHeld = () =>
    (holdsStill.matches && table.matches(':hover')) || rows.querySelector(':focus-visible') !== null;
  const wanted = () =>
    [...outages.values()].sort(
      (a, b) =>
        Number(isOpen(b)) - Number(isOpen(a)) ||
        b.customersOutNow - a.customersOutNow ||
        a.startedAt.localeCompare(b.startedAt) ||
        a.id.localeCompare(b.id),
    );
  const isGone = (id) => endedAt.has(id) && Date.now() - endedAt.get(id) > ENDED_SHOWN_MS;

  function settle() {
    for (const id of [...outages.keys()]) {
      if (!isGone(id)) continue;
      outages.delete(id);
      endedAt.delete(id);
      elements.get(id)?.remove();
      elements.delete(id);
    }
    const order = wanted();
    for (const [place, outage] of order.entries()) {
      let row = elements.get(outage.id);
      if (row === undefined) {
        row = element('tr', { tabindex: '0', 'data-id': outage.id });
        row.addEventListener('click', () => onOpen(outage.id));
        row.addEventListener('keydown', (event) => {
          if (event.key === 'Enter') onOpen(outage.id);
        });
        elements.set(outage.id, row);
        fill(row, outage);
      }
      // Moving only what is out of place keeps the focus and the selection of the rest.
      if (rows.children[place] !== row) rows.insertBefore(row, rows.children[place] ?? null);
    }
    table.hidden = order.length === 0;
    onHeld(0);
  }

  function settleUnlessHeld() {
    if (!isHeld()) {
      settle();
      return;
    }
    const order = wanted().filter((outage) => elements.has(outage.id));
    const moved = order.filter((outage, place) => rows.children[place] !== elements.get(outage.id)).length;
    onHeld(outages.size - elements.size + moved);
  }

  /** Once a frame, however many outages changed. */
  function settleSoon() {
    if (isDrawing) return;
    isDrawing = true;
    requestAnimationFrame(() => {
      isDrawing = false;
      settleUnlessHeld();
    });
  }

  function fill(row, outage, lightsUp = false) {
    const cells = [
      element(
        'td',
        { class: 'status', 'data-status': outage.status },
        element('span', { class: 'shape', 'aria-hidden': 'true' }, SHAPES[outage.status] ?? '·'),
        ` ${language.word(outage.status)}`,
      ),
      element(
        'td',
        {},
        element(
          'span',
          { class: 'main' },
          `${language.word(outage.device?.kind ?? '')} `,
          isolated(outage.device?.id ?? outage.id),
        ),
        element('small', {}, isolated(outage.cause ?? '')),
      ),
      element(
        'td',
        {},
        element('span', { class: 'main' }, isolated(placeName(outage.feeder))),
        element('small', {}, isolated(placeName(outage.substation))),
      ),
      element(
        'td',
        { class: 'count' },
        element('span', { class: 'main' }, language.number(outage.customersOutNow)),
        element('small', {}, language.word('ofAll', { count: language.number(outage.customersOut) })),
      ),
      element(
        'td',
        {},
        element('meter', { min: '0', max: '1', value: String(outage.confidence), 'aria-hidden': 'true' }),
        ` ${language.percent(outage.confidence)}`,
      ),
      element('td', { class: 'sources' }, ...sourcesOf(outage)),
      element(
        'td',
        {},
        element(
          'time',
          { class: 'main', datetime: outage.startedAt, title: language.exactTime(outage.startedAt) },
          language.time(outage.startedAt),
        ),
        element('small', { 'data-since': outage.startedAt }, since(outage)),
      ),
    ];
    row.classList.toggle('ended', !isOpen(outage));
    const before = [...row.cells].map((cell) => cell.textContent);
    row.replaceChildren(...cells);
    // Only the figures that changed light up, once.
    for (const [place, cell] of cells.entries()) {
      const isTime = place === cells.length - 1;
      if (lightsUp && !isTime && before[place] !== cell.textContent) cell.classList.add('changed');
    }
  }

  function since(outage) {
    if (outage.endedAt === null) return language.ago(outage.startedAt);
    return outage.momentary ? language.word('momentary') : language.time(outage.endedAt);
  }

  function sourcesOf(outage) {
    return Object.entries(outage.sources)
      .filter(([, events]) => events > 0)
      .map(([source, events]) =>
        element('span', { class: 'chip' }, `${language.word(source)} `, language.number(events)),
      );
  }

  table.addEventListener('pointerleave', settleUnlessHeld);
  setInterval(() => {
    settleUnlessHeld();
    for (const cell of rows.querySelectorAll('[data-since]')) {
      const outage = outages.get(cell.closest('tr').dataset.id);
      if (outage !== undefined) cell.textContent = since(outage);
    }
  }, 5_000);

  return {
    /** Begins afresh with these outages. */
    reload(list) {
      outages.clear();
      endedAt.clear();
      for (const row of elements.values()) row.remove();
      elements.clear();
      for (const outage of list) outages.set(outage.id, outage);
      settle();
    },
    /** Takes a new state of an outage; gives whether it is new to the table. */
    change(outage) {
      const isNew = !outages.has(outage.id);
      if (isNew && !isOpen(outage)) return false;
      outages.set(outage.id, outage);
      if (isOpen(outage)) endedAt.delete(outage.id);
      else if (!endedAt.has(outage.id)) endedAt.set(outage.id, Date.now());
      const row = elements.get(outage.id);
      if (row !== undefined) fill(row, outage, true);
      settleSoon();
      return isNew;
    },
    settle,
    /** Writes everything again, in the language that was chosen. */
    translate() {
      for (const [id, row] of elements) fill(row, outages.get(id));
    },
    open: () => [...outages.values()].filter(isOpen),
  };
}

function placeName(place) {
  return place === null ? '–' : (place.name ?? place.id);
}
