import { WORDS } from './words.js';

// Latin digits in both: operators compare the figures with SCADA's.
const LOCALES = { en: 'en-GB', ar: 'ar-JO-u-nu-latn' };
const STORED_AS = 'lastgasp-language';
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** The chosen language with everything that is written in it; the choice is remembered by the browser. */
export function createLanguage() {
  const remembered = localStorage.getItem(STORED_AS);
  let code = remembered in WORDS ? remembered : navigator.language.startsWith('ar') ? 'ar' : 'en';
  let timeZone = 'UTC';

  const locale = () => LOCALES[code];
  const format = (options, at) => new Intl.DateTimeFormat(locale(), { timeZone, ...options }).format(at);

  return {
    get code() {
      return code;
    },
    /** The site's zone; times are shown in it wherever the reader is. */
    set timeZone(name) {
      timeZone = name;
    },
    toggle() {
      code = code === 'en' ? 'ar' : 'en';
      localStorage.setItem(STORED_AS, code);
    },
    /** The word for a key, with `{name}` replaced; a key without a word is shown as it is. */
    word(key, values = {}) {
      const text = WORDS[code][key] ?? key;
      return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
    },
    number: (value) => new Intl.NumberFormat(locale()).format(value),
    /** Rounded down: what is almost certain must not read as certain. */
    percent: (share) =>
      new Intl.NumberFormat(locale(), { style: 'percent', roundingMode: 'trunc' }).format(share),
    /** Time of day, with the date where it is not today's. */
    time(at) {
      const date = new Date(at);
      const isToday = format({ dateStyle: 'short' }, date) === format({ dateStyle: 'short' }, new Date());
      return format(
        { ...(isToday ? {} : { dateStyle: 'medium' }), timeStyle: 'short', hourCycle: 'h23' },
        date,
      );
    },
    exactTime: (at) => format({ dateStyle: 'full', timeStyle: 'long', hourCycle: 'h23' }, new Date(at)),
    clock: (at) => format({ timeStyle: 'long', hourCycle: 'h23' }, at),
    /** How long ago, in words. */
    ago(at) {
      const seconds = Math.max(0, Math.round((Date.now() - new Date(at).getTime()) / 1000));
      const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ['second', 1];
      return new Intl.RelativeTimeFormat(locale()).format(-Math.floor(seconds / length), unit);
    },
    /** How long, in words. */
    span(seconds) {
      const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ['second', 1];
      return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'long' }).format(
        Math.floor(seconds / length),
      );
    },
  };
}
