import { describe, expect, it } from 'vitest';
import { maskAddress, maskName, maskNumbersInText, maskPhone } from './mask-personal-data.ts';

describe('personal data in answers', () => {
  it.each([
    ['+962791234556', '+962 79 *** **56'],
    ['0791234556', '+962 79 *** **56'],
    ['00962 79 123 4556', '+962 79 *** **56'],
    ['962-79-1234556', '+962 79 *** **56'],
    ['+962 (0)79 123 4556', '+962 79 *** **56'],
    ['٠٧٩١٢٣٤٥٥٦', '+962 79 *** **56'],
    ['۰۷۹۱۲۳۴۵۵۶', '+962 79 *** **56'],
    ['791234556', '+962 79 *** **56'],
    ['06 500 1234', '+962 6 *** **34'],
    ['+44 20 7946 0958', '*** **58'],
    ['12345', '***'],
  ])('a phone %s is shown as %s', (phone, shown) => expect(maskPhone(phone)).toBe(shown));

  it('shows no phone where none was given', () => {
    expect(maskPhone(null)).toBeNull();
    expect(maskPhone('  ')).toBeNull();
  });

  it.each([
    ['Jabal Amman, Rainbow Street 12', 'Jabal Amman ***'],
    ['شارع الرينبو، عمارة ١٢', 'شارع الرينبو ***'],
    ['Abdoun near the circle', 'Abdoun ***'],
    ['12 Rainbow Street, Amman', '***'],
    ['١٢ شارع', '***'],
  ])('an address %s is shown as %s', (address, shown) => expect(maskAddress(address)).toBe(shown));

  it('keeps only initials of a name', () => {
    expect(maskName('Layla Haddad')).toBe('L*** H***');
    expect(maskName('ليلى')).toBe('ل***');
    expect(maskName('')).toBeNull();
  });

  it('hides phones in what a caller said, and leaves meter numbers and short numbers', () => {
    expect(maskNumbersInText('wire down, call 079 123 4556 or ٠٧٩١٢٣٤٥٥٦; meter M12345678, 2 poles')).toBe(
      'wire down, call *** or ***; meter M12345678, 2 poles',
    );
  });
});
