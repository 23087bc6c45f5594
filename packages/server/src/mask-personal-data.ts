const ARABIC_INDIC_ZERO = 0x660;
const EXTENDED_ARABIC_INDIC_ZERO = 0x6f0;

/** Digits of the two Arabic forms as Latin ones: `\d` does not match them. */
function toLatinDigits(text: string): string {
  return text.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => {
    const code = digit.charCodeAt(0);
    const zero = code >= EXTENDED_ARABIC_INDIC_ZERO ? EXTENDED_ARABIC_INDIC_ZERO : ARABIC_INDIC_ZERO;
    return String(code - zero);
  });
}

/**
 * A phone number of which only the network or area code and the last two digits are left:
 * `+962 79 *** **56`. A number of another country keeps its last two digits only; a short one keeps nothing.
 */
export function maskPhone(phone: string): string;
export function maskPhone(phone: string | null): string | null;
export function maskPhone(phone: string | null): string | null {
  if (phone === null || phone.trim() === '') return null;
  const digits = toLatinDigits(phone).replace(/\D/g, '');
  if (digits.length < 6) return '***';
  const end = digits.slice(-2);
  // Jordan, also without any prefix as the registry compares numbers: mobile 7x and seven more digits, landline one digit of area and seven more.
  const jordan = /^(?:00962|962)?0?(?:(7\d)\d{7}|([2-6])\d{7})$/.exec(digits);
  const code = jordan?.[1] ?? jordan?.[2];
  return code === undefined ? `*** **${end}` : `+962 ${code} *** **${end}`;
}

/** An address of which only the district is left: what stands before the first comma, else the first word. */
export function maskAddress(address: string): string;
export function maskAddress(address: string | null): string | null;
export function maskAddress(address: string | null): string | null {
  const text = address?.trim() ?? '';
  if (text === '') return null;
  const [district = '', rest] = text.split(/[,،\n]/, 2);
  const kept = rest === undefined ? (text.split(/\s+/, 1)[0] ?? '') : district.trim();
  // A house number at the front would be the very thing that must not be shown.
  return /[\d\u0660-\u0669\u06f0-\u06f9]/.test(kept) ? '***' : `${kept} ***`;
}

/** A name of which only the first letter of each word is left. */
export function maskName(name: string | null): string | null {
  const text = name?.trim() ?? '';
  if (text === '') return null;
  return text
    .split(/\s+/)
    .map((word) => `${[...word][0]}***`)
    .join(' ');
}

/** Free text in which every number long enough to be a phone is hidden; meter numbers such as M12345678 stay. */
export function maskNumbersInText(text: string | null): string | null {
  if (text === null || text.trim() === '') return null;
  return text.replace(
    /(?<![\p{L}\d\u0660-\u0669\u06f0-\u06f9])\+?[\d\u0660-\u0669\u06f0-\u06f9](?:[ ()./-]*[\d\u0660-\u0669\u06f0-\u06f9]){6,}/gu,
    '***',
  );
}
