import { createAnnouncer } from './announcer.js';
import { element, refreshAges } from './element.js';
import { createLanguage } from './language.js';
import { followOutages } from './live-outages.js';
import { createOutageDetail } from './outage-detail.js';
import { createOutageTable } from './outage-table.js';
import { followSiteStatus } from './site-status.js';

const BEHIND_SECONDS = 60;
const AGES_EVERY_MS = 5_000;

const part = (id) => document.getElementById(id);
const language = createLanguage();
let state = 'connecting';
let isLoaded = false;
let status = null;
let isDrawing = false;

const announcer = createAnnouncer({
  language,
  say(text) {
    part('announcement').textContent = text;
  },
});
const detail = createOutageDetail({ language });
const table = createOutageTable({
  table: part('outages'),
  rows: part('rows'),
  language,
  onHeld(count) {
    part('held').hidden = count === 0;
    if (count > 0) part('held').textContent = language.counted('held', count);
  },
  onOpen: detail.open,
});

const line = followOutages({
  onReload(outages) {
    const isNew = table.reload(outages);
    if (isLoaded) for (const outage of isNew) announcer.outageOpened(outage);
    isLoaded = true;
    showFigures();
  },
  onChange(outage) {
    if (table.change(outage)) announcer.outageOpened(outage);
    else announcer.outageChanged(outage);
    detail.change(outage);
    showFiguresSoon();
    site.askSoon();
  },
  onState(next) {
    state = next;
    showConnection();
  },
});

const site = followSiteStatus({
  language,
  onStatus(next) {
    const isZoneNews = next.siteTimeZone !== status?.siteTimeZone;
    status = next;
    // Rows drawn before the site's zone was known have no times.
    if (isZoneNews) showTimes();
    showFigures();
    showConnection();
  },
  onHazardCalls: announcer.hazardCallsCame,
});

/** Once a frame, however many outages changed. */
function showFiguresSoon() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    showFigures();
  });
}

function showFigures() {
  const open = table.open();
  const customers = open.reduce((sum, outage) => sum + outage.customersOutNow, 0);
  // What announced work explains asks nothing of anybody.
  const unplanned = open.filter((outage) => !outage.planned);
  showFigure('open-outages', 'openOutages', unplanned.length);
  showFigure('customers-out', 'customersOutNow', customers);
  const hasNone = isLoaded && open.length === 0;
  document.title = isLoaded && !hasNone ? `(${language.number(open.length)}) Lastgasp` : 'Lastgasp';
  part('empty').hidden = !hasNone || status === null;
  const hasNetwork = status?.networkLoaded === true;
  part('empty-lead').textContent = language.text(hasNetwork ? 'noOutages' : 'noNetwork');
  part('empty-advice').textContent = language.text(hasNetwork ? 'noOutagesAdvice' : 'noNetworkAdvice');
  part('empty-command').textContent = hasNetwork ? '' : 'npx lastgasp import network <folder>';
  part('empty-command').hidden = hasNetwork;
}

function showFigure(id, key, count) {
  const [number, label] = language.countedParts(key, count);
  part(id).replaceChildren(
    element('span', { class: 'number' }, isLoaded ? number : '–'),
    ' ',
    element('span', {}, label),
  );
}

function showConnection() {
  part('connection').dataset.state = state;
  setText(part('connection'), language.text(state));
  const text = bannerText();
  part('banner').hidden = text === '';
  setText(part('banner'), text);
  document.body.classList.toggle('out-of-date', state === 'stale' || state === 'disconnected');
}

function bannerText() {
  const heardAt = line.heardAt();
  if (state === 'disconnected' && heardAt === null) return language.text('unreachedBanner');
  if (state === 'stale' || state === 'disconnected') {
    const time = language.time(heardAt, { seconds: true });
    return language.text(`${state}Banner`, { time });
  }
  if (status !== null && status.correlatorLagSeconds > BEHIND_SECONDS) {
    // In whole minutes, so that it is not read aloud at every second.
    const age = language.span(Math.floor(status.correlatorLagSeconds / 60) * 60);
    return language.text('behindBanner', { age });
  }
  return '';
}

/** A text that is read aloud is set only where it changed. */
function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

function showTimes() {
  table.translate();
  part('zone').textContent = language.zoneName();
  part('zone').title = status?.siteTimeZone ?? '';
  tick();
}

function translate() {
  document.documentElement.lang = language.code;
  document.documentElement.dir = language.direction;
  for (const labelled of document.querySelectorAll('[data-text]')) {
    labelled.textContent = language.text(labelled.dataset.text);
  }
  part('language').textContent = language.text('otherLanguage');
  part('language').lang = language.code === 'ar' ? 'en' : 'ar';
  showTimes();
  table.settle();
  site.show();
  showFigures();
  showConnection();
}

function tick() {
  part('clock').textContent = language.clock(new Date());
}

part('language').addEventListener('click', () => {
  language.toggle();
  translate();
});
part('held').addEventListener('click', table.settle);
setInterval(tick, 1000);
setInterval(refreshAges, AGES_EVERY_MS, language);
translate();
