import { describe, expect, it } from 'vitest';
import { deviceAt, meterAt, SiteBuilder } from '../simulate/testing/site-builder.ts';
import { classDistance, classKeyOf } from './outage-class.ts';

/** CB over FU1 (T1 with two meters, T2 with one) and FU2, which feeds T3 alone. */
const site = new SiteBuilder()
  .substation('S')
  .device('CB', 'breaker')
  .device('FU1', 'fuse')
  .device('T1')
  .meters(2)
  .device('T2', 'transformer', { below: 'FU1' })
  .meters(1)
  .device('FU2', 'fuse', { below: 'CB' })
  .device('T3')
  .meters(2)
  .build();
const device = (code: string) => ({ kind: 'device', device: deviceAt(site, code) }) as const;
const service = (number: string) => ({ kind: 'service', meter: meterAt(site, number) }) as const;

describe('a class of targets', () => {
  it('is one for devices that feed the same meters, and for a service that is all of its transformer', () => {
    expect(classKeyOf(site, device('FU2'))).toBe(classKeyOf(site, device('T3')));
    expect(classKeyOf(site, device('S'))).toBe(classKeyOf(site, device('CB')));
    expect(classKeyOf(site, service('M3'))).toBe(classKeyOf(site, device('T2')));
  });

  it('is another for anything else', () => {
    const targets = [device('CB'), device('FU1'), device('FU2'), device('T1'), device('T2'), service('M1')];
    expect(new Set(targets.map((target) => classKeyOf(site, target))).size).toBe(6);
  });
});

describe('the distance of two classes', () => {
  it('counts the steps up to what they share and down again', () => {
    expect(classDistance(site, device('T1'), device('T1'))).toBe(0);
    expect(classDistance(site, device('FU2'), device('T3'))).toBe(0);
    expect(classDistance(site, device('T1'), device('FU1'))).toBe(1);
    expect(classDistance(site, device('T1'), device('T2'))).toBe(2);
    expect(classDistance(site, service('M1'), device('CB'))).toBe(3);
    // T1, FU1 up to CB, and one down to the class of FU2 and T3.
    expect(classDistance(site, device('T1'), device('T3'))).toBe(3);
  });
});
