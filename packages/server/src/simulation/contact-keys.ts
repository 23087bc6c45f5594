/** Fewer digits than this are no phone number, and what is longer is told apart by its last ones. */
const LEAST_DIGITS = 8;

/**
 * What a phone number is told apart by: its last eight digits. Stricter than `oms_phone_key` in the database, so that numbers which
 * differ here differ there. Null for what is too short.
 */
export function phoneKey(phone: string | null): string | null {
  const digits = asciiDigits(phone ?? '').replace(/\D/g, '');
  return digits.length >= LEAST_DIGITS ? digits.slice(-LEAST_DIGITS) : null;
}

const LETTERS: Readonly<Record<string, string>> = {
  أ: 'ا',
  إ: 'ا',
  آ: 'ا',
  ٱ: 'ا',
  ى: 'ي',
  ة: 'ه',
  ؤ: 'و',
  ئ: 'ي',
};

/** What an address is told apart by, as `oms_text_key` in the database: letters and digits in one spelling. Null where none is left. */
export function addressKey(address: string | null): string | null {
  const key = asciiDigits((address ?? '').toLowerCase())
    .replace(/[\u064b-\u065f\u0670\u0640]/g, '')
    .replace(/[أإآٱىةؤئ]/g, (letter) => LETTERS[letter] ?? letter)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return key === '' ? null : key;
}

function asciiDigits(text: string): string {
  return text.replace(/[٠-٩۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 15));
}
