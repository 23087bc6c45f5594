import { describe, expect, it } from 'vitest';
import { addressKey, phoneKey } from './contact-keys.ts';

describe('what a caller can be told apart by', () => {
  it('is one for all spellings of a phone number', () => {
    const spellings = ['+962 79 123 4567', '00962791234567', '0791234567', '٠٧٩١٢٣٤٥٦٧'];
    expect(new Set(spellings.map(phoneKey))).toEqual(new Set(['91234567']));
    expect(phoneKey('12345')).toBeNull();
    expect(phoneKey(null)).toBeNull();
  });

  it('is one for all spellings of an address', () => {
    expect(addressKey('Wadi St. 12, Apt 3')).toBe(addressKey('WADI ST 12 apt 3'));
    expect(addressKey('شارع الأُردن ١٢')).toBe(addressKey('شارع الاردن 12'));
    expect(addressKey(' - ')).toBeNull();
  });
});
