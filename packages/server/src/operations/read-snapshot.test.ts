import { describe, expect, test } from 'vitest';
import { readSnapshot } from './read-snapshot.ts';

const DEVICE = { id: 'T1', parent: null, prior: 0.001 };
const METER = { id: 'M1', parent: 'T1', prior: 1e-6 };

function faultsOf(snapshot: unknown): readonly string[] {
  const read = readSnapshot(typeof snapshot === 'string' ? snapshot : JSON.stringify(snapshot));
  return read.ok ? [] : read.error;
}

const device = (change: object) => ({ devices: [{ ...DEVICE, ...change }], meters: [] });
const meter = (change: object) => ({ devices: [DEVICE], meters: [{ ...METER, ...change }] });

describe('a snapshot is taken', () => {
  test.for([
    ['without devices and meters', { devices: [], meters: [] }],
    ['without evidence', { devices: [DEVICE], meters: [METER] }],
    ['with a byte order mark', `\uFEFF${JSON.stringify({ devices: [], meters: [] })}`],
    ['with evidence that is null', meter({ evidence: null })],
    ['with fields that no rule reads', device({ kind: 'fuse' })],
    ['with a meter and a device of one id', meter({ id: 'T1' })],
    ['with priors 0 and 1', { devices: [{ ...DEVICE, prior: 0 }], meters: [{ ...METER, prior: 1 }] }],
    ['with a density above 1', meter({ evidence: { energized: 3.5, deenergized: 0 } })],
    ['with an impossible observation', meter({ evidence: { energized: '-Infinity', deenergized: 0 } })],
    ['with a meter that a source feeds', meter({ parent: null })],
    ['with a meter for nobody', meter({ customers: 0 })],
  ] as const)('%s', ([, snapshot]) => {
    expect(faultsOf(snapshot)).toEqual([]);
  });
});

describe('a snapshot is refused with the path of the field and the reason', () => {
  test.for([
    ['text that is no JSON', '{"devices":[', ['The message is not JSON: unexpected end of JSON input.']],
    ['a list', [], ['a snapshot must be an object, got an array']],
    ['no meters', { devices: [] }, ['meters: is missing']],
    ['devices that are no list', { devices: {}, meters: [] }, ['devices: must be an array, got an object']],
    ['a key given twice', '{"devices":[],"meters":[],"meters":[]}', ['meters: is given twice in one object']],
    [
      'a device that is none',
      { devices: [7], meters: [] },
      ['devices[0]: must be an object, got the number 7'],
    ],
    ['a number as id', device({ id: 5 }), ['devices[0].id: must be text, got the number 5']],
    ['an empty id', device({ id: ' ' }), ['devices[0].id: must not be empty']],
    ['no prior', device({ prior: undefined }), ['devices[0].prior: is missing']],
    [
      'a prior above 1',
      device({ prior: 1.01 }),
      ['devices[0].prior: must be at most 1, got the number 1.01'],
    ],
    [
      'a prior below 0',
      meter({ prior: -1e-9 }),
      ['meters[0].prior: must be at least 0, got the number -1e-9'],
    ],
    ['half a pair', meter({ evidence: { energized: 0 } }), ['meters[0].evidence.deenergized: is missing']],
    [
      'likelihood as text',
      device({ switchEvidence: { open: '0.5', closed: 0 } }),
      [
        'devices[0].switchEvidence.open: must be a number from -1e+300 to 1e+300 or the text "-Infinity", got the text "0.5"',
      ],
    ],
    [
      'a likelihood beyond reason',
      meter({ evidence: { energized: 0, deenergized: -1e301 } }),
      [
        'meters[0].evidence.deenergized: must be a number from -1e+300 to 1e+300 or the text "-Infinity", got the number -1e+301',
      ],
    ],
    [
      'half a customer',
      meter({ customers: 0.5 }),
      ['meters[0].customers: must be a whole number, got the number 0.5'],
    ],
    [
      'ids given twice',
      { devices: [DEVICE, DEVICE], meters: [METER, METER] },
      [
        'devices[1].id: "T1" is the id of devices[0] already',
        'meters[1].id: "M1" is the id of meters[0] already',
      ],
    ],
    ['a device below nothing', device({ parent: 'T9' }), ['devices[0].parent: "T9" is no device']],
    [
      'a meter below a meter',
      { devices: [], meters: [METER, { ...METER, id: 'M2', parent: 'M1' }] },
      [
        'meters[0].parent: "T1" is no device',
        'meters[1].parent: "M1" is a meter, and only a device can feed',
      ],
    ],
    [
      'a device above itself',
      device({ parent: 'T1' }),
      ['devices[0].parent: these feed each other in a ring: "T1"'],
    ],
    [
      'a ring with a branch below it',
      {
        devices: [
          { ...DEVICE, parent: 'B' },
          { ...DEVICE, id: 'A', parent: 'C' },
          { ...DEVICE, id: 'B', parent: 'A' },
          { ...DEVICE, id: 'C', parent: 'B' },
        ],
        meters: [],
      },
      ['devices[1].parent: these feed each other in a ring: "B", "A", "C"'],
    ],
    [
      'several elements, each by its first fault',
      { devices: [{ ...DEVICE, prior: 2 }], meters: [{ ...METER, customers: -1 }] },
      [
        'devices[0].prior: must be at most 1, got the number 2',
        'meters[0].customers: must be at least 0, got the number -1',
      ],
    ],
  ] as const)('%s', ([, snapshot, faults]) => {
    expect(faultsOf(snapshot)).toEqual(faults);
  });
});
