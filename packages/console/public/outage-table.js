import { age, deviceName, element, isolated, term } from './element.js';
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
        row = createRow(outage.id, () => onOpen(outages.get(outage.id)));
        sayRoles(row);
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
    row.classList.toggle('ended', !isOpen(outage));
    for (const [place, content] of cellsOf(outage, language).entries()) {
      const cell = row.cells[place];
      const { label, classes = '', status = null, button = null, children } = content;
      const shown = cell.querySelector('.value');
      const before = shown.textContent;
      if (!lightsUp) cell.className = classes;
      cell.querySelector('.label').textContent = language.text(label);
      if (status !== null) cell.dataset.status = status;
      if (button === null) shown.replaceChildren(...children);
      else {
        // The button stays, with the focus that it may have.
        shown.firstChild.replaceChildren(...button);
        shown.lastChild.replaceChildren(...children);
      }
      // Only what changed lights up, once; ages change by themselves.
      if (lightsUp && place !== AGE_PLACE && before !== shown.textContent) cell.classList.add('changed');
    }
  }

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
      for (const row of elements.values()) row.remove();
      elements.clear();
      for (const outage of list) outages.set(outage.id, outage);
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

const CELLS = 7;
const DEVICE_PLACE = 1;
const AGE_PLACE = 6;

const ROLES = {
  TABLE: 'table',
  THEAD: 'rowgroup',
  TBODY: 'rowgroup',
  TR: 'row',
  TH: 'columnheader',
  TD: 'cell',
};

/** The narrow screen takes the table's layout away, and with it in some browsers its meaning, unless that is said. */
function sayRoles(part) {
  for (const one of [part, ...part.querySelectorAll('*')]) {
    if (Object.hasOwn(ROLES, one.tagName)) one.setAttribute('role', ROLES[one.tagName]);
  }
}

function createRow(id, onOpen) {
  const row = element('tr', { 'data-id': id });
  for (let place = 0; place < CELLS; place += 1) {
    const value = element('div', { class: 'value' });
    if (place === DEVICE_PLACE) {
      value.append(element('button', { type: 'button', class: 'main open' }), element('small'));
    }
    row.append(element('td', {}, element('span', { class: 'label', 'aria-hidden': 'true' }), value));
  }
  row.addEventListener('click', () => {
    const marked = getSelection();
    // Whoever marks a code to copy it does not want the outage opened.
    if (marked.isCollapsed || !row.contains(marked.anchorNode)) onOpen();
  });
  return row;
}

/** What stands in each cell of a row; where there is a button, `children` stand below it. */
function cellsOf(outage, language) {
  const places = [outage.distributionPoint, outage.feeder, outage.substation]
    .filter((place) => place !== null)
    .map((place) => isolated(place.name ?? place.id));
  return [
    {
      label: 'status',
      classes: 'status',
      status: outage.status,
      children: [
        element('span', { class: 'shape', 'aria-hidden': 'true' }, SHAPES[outage.status] ?? '·'),
        '\u00a0',
        term(language, 'status', outage.status),
      ],
    },
    {
      label: 'device',
      classes: 'device',
      button: deviceName(language, outage),
      children: outage.cause ? [term(language, 'cause', outage.cause)] : [],
    },
    {
      label: 'area',
      classes: 'area',
      children: [
        element('span', { class: 'main' }, places[0] ?? '–'),
        ...places.slice(1).flatMap((place) => [' ', element('small', {}, place)]),
      ],
    },
    {
      label: 'customersOut',
      classes: 'count',
      children: [
        element('span', { class: 'main' }, language.number(outage.customersOutNow)),
        ' ',
        element('small', {}, language.text('ofAll', { count: language.number(outage.customersOut) })),
      ],
    },
    {
      label: 'confidence',
      children: [
        element('meter', { min: '0', max: '1', value: String(outage.confidence), 'aria-hidden': 'true' }),
        ` ${language.percent(outage.confidence)}`,
      ],
    },
    { label: 'sources', classes: 'sources', children: sourcesOf(outage, language) },
    { label: 'since', classes: 'since', children: timesOf(outage, language) },
  ];
}

function sourcesOf(outage, language) {
  return Object.entries(outage.sources)
    .filter(([, events]) => events > 0)
    .flatMap(([source, events]) => [
      element('span', { class: 'chip' }, term(language, 'source', source), ' ', language.number(events)),
      ' ',
    ]);
}

function timesOf(outage, language) {
  const { startedAt, endedAt, estimatedRestorationAt, momentary, replacedBy } = outage;
  const at = (when) => language.time(when);
  const started = element(
    'time',
    { class: 'main', datetime: startedAt, title: language.exactTime(startedAt) },
    at(startedAt),
  );
  const line = (...words) => element('small', {}, ...words);
  if (replacedBy !== null) return [started, ' ', line(language.text('partOf', { outage: replacedBy }))];
  if (endedAt !== null) {
    return [
      started,
      ' ',
      line(language.text('ended', { time: at(endedAt) })),
      momentary ? line(language.text('momentary')) : '',
    ];
  }
  return [
    started,
    ' ',
    line(age(language, startedAt)),
    estimatedRestorationAt === null
      ? ''
      : line(language.text('estimated', { time: at(estimatedRestorationAt) })),
  ];
}
