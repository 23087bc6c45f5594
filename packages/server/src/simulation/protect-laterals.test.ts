import { describe, expect, test } from 'vitest';
import { protectLaterals } from './protect-laterals.ts';
import type { StandardDevice, StandardNetwork } from './standard-network.ts';

const device = (id: string, type: string, parent: string | null): StandardDevice => ({
  id,
  type,
  parent,
  phases: 'ABC',
  normallyOpen: false,
});
const load = (id: string, parent: string, kw: number) => ({ id, parent, kw, phases: 'A', customers: 1 });

/** Trunk l1-l2; a lateral a with one of its own, b, and one of that, c; a switch; and a line that nothing hangs on. */
const network: StandardNetwork = {
  name: 'n',
  devices: [
    device('l1', 'line', null),
    device('l2', 'line', 'l1'),
    device('a', 'line', 'l1'),
    device('a2', 'line', 'a'),
    device('b', 'line', 'a'),
    device('b2', 'line', 'b'),
    device('c', 'line', 'b'),
    device('c2', 'line', 'c'),
    device('d', 'line', 'c'),
    device('sw', 'switch', 'l1'),
    device('s1', 'line', 'sw'),
    device('s2', 'line', 'sw'),
    device('idle', 'line', 'l1'),
    device('xfm', 'transformer', 'l1'),
  ],
  meters: [
    load('trunk', 'l2', 1_000),
    load('a', 'a2', 90),
    load('b', 'b2', 30),
    load('c', 'c2', 8),
    load('d', 'd', 1),
    load('s1', 's1', 50),
    load('s2', 's2', 40),
    load('x', 'xfm', 12),
  ],
};

describe('a feeder of lines and loads', () => {
  const { devices, meters } = protectLaterals(network);
  const parentOf = (id: string): string | null | undefined => devices.find((one) => one.id === id)?.parent;

  test('gets a fuse before each lateral, two in a row at most, and anew below a switch', () => {
    const fuses = devices.filter(({ type }) => type === 'fuse').map(({ id }) => id);
    expect(fuses).toEqual(['fuse.a', 'fuse.b', 'fuse.s2']);
    expect([parentOf('a'), parentOf('fuse.a'), parentOf('b'), parentOf('c'), parentOf('l2')]).toEqual([
      'fuse.a',
      'l1',
      'fuse.b',
      'b',
      'l1',
    ]);
  });

  test('gets a breaker as its head where it has none', () => {
    expect([parentOf('l1'), parentOf('breaker.l1')]).toEqual(['breaker.l1', null]);
    const closed = { ...network, devices: [device('cb', 'breaker', null), ...network.devices.slice(1)] };
    expect(protectLaterals(closed).devices.filter(({ type }) => type === 'breaker')).toHaveLength(1);
  });

  test('gets a meter for each 5 kW of a load, 1 to 40, below a transformer of its own', () => {
    const count = (name: string): number => meters.filter(({ id }) => id.split('#')[0] === name).length;
    expect(['trunk', 'a', 'c', 'd', 'x'].map(count)).toEqual([40, 18, 2, 1, 2]);
    expect(meters.find(({ id }) => id === 'a#1')?.parent).toBe('tx.a');
    expect(parentOf('tx.a')).toBe('a2');
    expect(meters.find(({ id }) => id === 'x#1')?.parent).toBe('xfm');
  });
});
