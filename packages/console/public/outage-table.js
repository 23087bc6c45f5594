import { isOpen } from './live-outages.js';
import { createOutageRow, fillOutageRow, sayRoles } from './outage-row.js';

// Long enough to be seen by whoever looked away; then the row makes room.
const ENDED_SHOWN_MS = 60_000;
const LOOK_EVERY_MS = 5_000;

/**
 * The table of outages, most customers out first; a narrow screen shows each row as a card. A row changes where it
 * stands. While the pointer or the focus is in the table no row moves, comes or goes: what waits is counted by
 * `onHeld(count)`, and `settle()` or leaving the table lets it happen. `onOpen(outage)` when a row is chosen.
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
        row = createOutageRow(outage.id, () => onOpen(outages.get(outage.id)));
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

  const fill = (row, outage, lightsUp = false) => fillOutageRow(row, outage, { language, lightsUp });

  sayRoles(table);
  table.addEventListener('pointerleave', settleUnlessHeld);
  table.addEventListener('animationend', (event) => event.target.classList.remove('changed'));
  setInterval(settleUnlessHeld, LOOK_EVERY_MS);

  return {
    /** Begins afresh with these outages; gives those that were not there before. */
    reload(list) {
      const isNew = list.filter((outage) => !outages.has(outage.id));
      outages.clear();
      endedAt.clear();
      for (const outage of list) outages.set(outage.id, outage);
      // Rows that stay keep the focus and the selection.
      for (const [id, row] of elements) {
        if (outages.has(id)) fill(row, outages.get(id));
        else {
          row.remove();
          elements.delete(id);
        }
      }
      settle();
      return isNew;
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
