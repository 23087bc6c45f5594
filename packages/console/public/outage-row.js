import { age, deviceName, element, isolated, term } from './element.js';
import { isOpen } from './live-outages.js';

const CELLS = 7;
const DEVICE_PLACE = 1;
const AGE_PLACE = 6;
const SHAPES = {
  detected: '◇',
  confirmed: '■',
  in_progress: '▣',
  partially_restored: '◧',
  restored: '✓',
  cancelled: '✕',
};
const ROLES = {
  TABLE: 'table',
  THEAD: 'rowgroup',
  TBODY: 'rowgroup',
  TR: 'row',
  TH: 'columnheader',
  TD: 'cell',
};

/** The narrow screen takes the table's layout away, and with it in some browsers its meaning, unless that is said. */
export function sayRoles(part) {
  for (const one of [part, ...part.querySelectorAll('*')]) {
    if (Object.hasOwn(ROLES, one.tagName)) one.setAttribute('role', ROLES[one.tagName]);
  }
}

/** An empty row for an outage; `onOpen()` when it is chosen. */
export function createOutageRow(id, onOpen) {
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
  sayRoles(row);
  return row;
}

/** Writes an outage into its row; `lightsUp` where what is news about it shall be seen to be. */
export function fillOutageRow(row, outage, { language, lightsUp }) {
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
  const { startedAt, endedAt, estimatedRestorationAt, momentary, planned, replacedBy } = outage;
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
      planned ? line(language.text('planned')) : '',
    ];
  }
  return [
    started,
    ' ',
    line(age(language, startedAt)),
    planned ? line(language.text('planned')) : '',
    estimatedRestorationAt === null
      ? ''
      : line(language.text('estimated', { time: at(estimatedRestorationAt) })),
  ];
}
