import { AR } from './texts-ar.js';
import { EN } from './texts-en.js';

const TEXTS = { en: EN, ar: AR };
// Latin digits in both: operators compare the figures with SCADA's.
const LOCALES = { en: 'en-GB', ar: 'ar-JO-u-nu-latn' };
const STORED_AS = 'lastgasp-language';
const UNITS = [
  ['days', 86_400],
  ['hours', 3_600],
  ['minutes', 60],
  ['seconds', 1],
];
const JUST_NOW_SECONDS = 5;
// A value keeps its own direction inside the sentence (Unicode's FIRST STRONG ISOLATE … POP DIRECTIONAL ISOLATE).
const isolate = (text) => `\u2068${text}\u2069`;

/** The chosen language with everything that is written in it; the choice is remembered by the browser. */
export function createLanguage({ remembered = recall(), preferred = navigator.language } = {}) {
  let code = Object.hasOwn(TEXTS, remembered) ? remembered : preferred.startsWith('ar') ? 'ar' : 'en';
  let timeZone = null;

  const locale = () => LOCALES[code];
  const format = (options, at) => new Intl.DateTimeFormat(locale(), { timeZone, ...options }).format(at);
  const number = (value, options = {}) => new Intl.NumberFormat(locale(), options).format(value);

  /** The text of a key with its values, each kept in its own direction. */
  function text(key, values = {}) {
    return fill(TEXTS[code].plain[key] ?? key, values, isolate);
  }

  function template(key, count) {
    const forms = TEXTS[code].counted[key];
    return forms[new Intl.PluralRules(locale()).select(count)];
  }

  /** Days with hours, hours with minutes, else the one unit; rounded down. */
  function span(seconds) {
    const place = Math.max(
      0,
      UNITS.findIndex(([, size]) => seconds >= size),
    );
    const [key, size] = seconds < 1 ? UNITS[UNITS.length - 1] : UNITS[place];
    const long = counted(key, Math.floor(seconds / size));
    const [shortKey, shortSize] = UNITS[place + 1] ?? [];
    const rest = shortKey === undefined ? 0 : Math.floor((seconds % size) / shortSize);
    if (size < 3_600 || rest === 0) return long;
    return fill(TEXTS[code].plain.longAndShort, { long, short: counted(shortKey, rest) });
  }

  /** The form of a text that goes with a number, with the number and other values in it. */
  function counted(key, count, values = {}) {
    return fill(template(key, count), { ...values, count: number(count) });
  }

  return {
    get code() {
      return code;
    },
    get direction() {
      return code === 'ar' ? 'rtl' : 'ltr';
    },
    /** The site's zone; times are shown in it wherever the reader is, and not before it is known. */
    set timeZone(name) {
      timeZone = name;
    },
    toggle() {
      code = code === 'en' ? 'ar' : 'en';
      remember(code);
    },
    text,
    counted,
    number,
    /** The same in two parts: the number, to be shown large, and what follows it. */
    countedParts(key, count) {
      const [, after] = template(key, count).split('{count}');
      return [number(count), after.trim()];
    },
    /** The text of a word of a closed set (`status`, `device`, `source`, `cause`, `step`, `event`), null for any other. */
    term(set, word) {
      const key = String(word ?? '')
        .trim()
        .toLowerCase()
        .replace(/[\s_-]+/g, '_');
      return Object.hasOwn(TEXTS[code].terms[set], key) ? TEXTS[code].terms[set][key] : null;
    },
    list: (texts) => new Intl.ListFormat(locale()).format(texts),
    /** Rounded down: what is almost certain must not read as certain. */
    percent: (share) =>
      new Intl.NumberFormat(locale(), { style: 'percent', roundingMode: 'trunc' }).format(share),
    /** Time of day, with the date where it is not today's. */
    time(at, { seconds = false } = {}) {
      if (timeZone === null) return '–';
      const date = new Date(at);
      const isToday = format({ dateStyle: 'short' }, date) === format({ dateStyle: 'short' }, new Date());
      const timeStyle = seconds ? 'medium' : 'short';
      return format({ ...(isToday ? {} : { dateStyle: 'medium' }), timeStyle, hourCycle: 'h23' }, date);
    },
    exactTime: (at) =>
      timeZone === null
        ? ''
        : format({ dateStyle: 'full', timeStyle: 'medium', hourCycle: 'h23' }, new Date(at)),
    clock: (at) => (timeZone === null ? '' : format({ timeStyle: 'medium', hourCycle: 'h23' }, at)),
    /** What people call the site's zone, such as Jordan Time. */
    zoneName() {
      if (timeZone === null) return '';
      const named = (timeZoneName) =>
        new Intl.DateTimeFormat(locale(), { timeZone, timeZoneName })
          .formatToParts(new Date())
          .find(({ type }) => type === 'timeZoneName').value;
      const generic = named('longGeneric');
      // A zone without a name of its own, such as UTC.
      return /\d/.test(generic) ? named('long') : generic;
    },
    span,
    /** How long ago, in words. */
    ago(at) {
      const seconds = (Date.now() - new Date(at).getTime()) / 1000;
      if (seconds < JUST_NOW_SECONDS) return text('justNow');
      return fill(TEXTS[code].plain.ago, { age: span(seconds) });
    },
  };
}

function fill(template, values, wrap = (text) => text) {
  return template.replace(/\{(\w+)\}/g, (_, name) => wrap(String(values[name] ?? '')));
}

// A browser that keeps nothing for the page throws.
function recall() {
  try {
    return localStorage.getItem(STORED_AS);
  } catch {
    return null;
  }
}

function remember(code) {
  try {
    localStorage.setItem(STORED_AS, code);
  } catch {
    // The choice then holds until the page is closed.
  }
}
