import { createLanguage } from './language.js';
import { followOutages } from './live-outages.js';
import { showOutageDetail } from './outage-detail.js';
import { createOutageTable } from './outage-table.js';
import { followSiteStatus } from './site-status.js';

// A screen reader is told at most this often, however many outages open.
const ANNOUNCE_EVERY_MS = 10_000;
const BEHIND_SECONDS = 60;

const part = (id) => document.getElementById(id);
const language = createLanguage();
let state = 'connecting';
let isLoaded = false;
let status = null;
let announcement = null;
let isDrawing = false;

const table = createOutageTable({
  table: part('outages'),
  rows: part('rows'),
  language,
  onHeld(count) {
    part('held').hidden = count === 0;
    part('held').textContent = language.word('held', { count: language.number(count) });
  },
  onOpen: (id) => showOutageDetail(id, language).catch(() => undefined),
});

const line = followOutages({
  onReload(outages) {
    table.reload(outages);
    isLoaded = true;
    showFigures();
  },
  onChange(outage) {
    if (table.change(outage)) announce(outage);
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
    // Rows drawn before the site's zone was known have their times in UTC.
    if (next.siteTimeZone !== status?.siteTimeZone) table.translate();
    status = next;
    showFigures();
    showConnection();
  },
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
  part('open-outages').textContent = isLoaded ? language.number(open.length) : '–';
  part('customers-out').textContent = isLoaded ? language.number(customers) : '–';
  part('empty').hidden = !isLoaded || status === null || open.length > 0;
  const hasNetwork = status?.networkLoaded === true;
  part('empty-lead').textContent = language.word(hasNetwork ? 'noOutages' : 'noNetwork');
  part('empty-advice').textContent = language.word(hasNetwork ? 'noOutagesAdvice' : 'noNetworkAdvice');
  part('empty-command').textContent = hasNetwork ? '' : 'npx lastgasp import network <folder>';
  part('empty-command').hidden = hasNetwork;
}

function showConnection() {
  part('connection').dataset.state = state;
  part('connection').textContent = language.word(state);
  const text = bannerText();
  part('banner').hidden = text === null;
  if (part('banner').textContent !== text) part('banner').textContent = text ?? '';
  document.body.classList.toggle('out-of-date', state === 'stale' || state === 'disconnected');
}

function bannerText() {
  if (state === 'stale') {
    const seconds = Math.round((Date.now() - line.heardAt()) / 1000);
    return language.word('staleBanner', { age: language.span(seconds) });
  }
  if (state === 'disconnected') {
    return language.word('disconnectedBanner', { time: language.clock(new Date(line.heardAt())) });
  }
  if (status !== null && status.correlatorLagSeconds > BEHIND_SECONDS) {
    return language.word('behindBanner', { age: language.span(status.correlatorLagSeconds) });
  }
  return null;
}

function announce(outage) {
  if (announcement !== null) return;
  part('announcement').textContent = language.word('outageOpened', {
    device: outage.device?.id ?? outage.id,
    count: language.number(outage.customersOutNow),
  });
  announcement = setTimeout(() => {
    announcement = null;
  }, ANNOUNCE_EVERY_MS);
}

function translate() {
  document.documentElement.lang = language.code;
  document.documentElement.dir = language.code === 'ar' ? 'rtl' : 'ltr';
  for (const labelled of document.querySelectorAll('[data-word]')) {
    labelled.textContent = language.word(labelled.dataset.word);
  }
  part('language').textContent = language.word('otherLanguage');
  part('language').lang = language.code === 'ar' ? 'en' : 'ar';
  table.translate();
  table.settle();
  site.show();
  showFigures();
  showConnection();
  tick();
}

function tick() {
  part('clock').textContent = language.clock(new Date());
  if (state === 'stale') showConnection();
}

part('language').addEventListener('click', () => {
  language.toggle();
  translate();
});
part('held').addEventListener('click', table.settle);
setInterval(tick, 1000);
translate();
