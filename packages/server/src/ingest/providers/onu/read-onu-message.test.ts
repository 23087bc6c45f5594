import { describe, expect, test } from 'vitest';
import { onuMessage } from '../../testing/example-messages.ts';
import { readMessage } from '../read-message.ts';

const fault = (changes: Record<string, unknown>) => {
  const { events, rejected } = readMessage('onu', onuMessage(changes));
  expect(events.length + rejected.length).toBe(1);
  return rejected[0]?.rejection ?? 'accepted';
};

describe('an ONU message', () => {
  test.each(['ONU_LastGaspAlert', 'ONU_PowerRestored'])('of type %s is handed on as it came', (type) => {
    const message = onuMessage({ type, vendor: 'x' });
    expect(readMessage('onu', message)).toEqual({
      events: [JSON.stringify(message)],
      subjects: ['3230316'],
      rejected: [],
    });
  });

  test('needs no more than type, number and time', () => {
    const { type, onuId, timestamp } = onuMessage();
    expect(readMessage('onu', { type, onuId, timestamp }).events).toHaveLength(1);
  });

  test.each(['type', 'onuId', 'timestamp'])('without %s is set aside as incomplete', (field) => {
    expect(fault({ [field]: undefined })).toMatchObject({ code: 'missing_field', field });
  });

  test.each(['ONU_Rebooted', 'onu_lastgaspalert', ''])(
    'of the unknown type %j is set aside, naming it',
    (type) => {
      expect(fault({ type })).toMatchObject({ code: 'invalid_field', field: 'type' });
      expect(fault({ type: 'ONU_Rebooted' })).toMatchObject({
        reason: 'must be one of ONU_LastGaspAlert, ONU_PowerRestored, got the text "ONU_Rebooted"',
      });
    },
  );

  test.each(['3230316', 3230316.5, 1e20, true])(
    'with %j as its number is set aside: it is a whole JSON number',
    (onuId) => {
      expect(fault({ onuId })).toMatchObject({ code: 'invalid_field', field: 'onuId' });
    },
  );

  test('with its number written as 3230316.0 is handed on as 3230316', () => {
    const body = JSON.stringify(onuMessage()).replace('3230316', '3230316.0');
    expect(readMessage('onu', body).events).toEqual([JSON.stringify(onuMessage())]);
  });

  test.each([[['M1', { meterId: 'M2', role: 'main' }]], [[]], [null], [undefined]])(
    'with the meters %j is taken',
    (associatedMeters) => {
      expect(fault({ associatedMeters })).toBe('accepted');
    },
  );

  test.each([
    [['M1', ''], 'associatedMeters[1]'],
    [['M1', 5], 'associatedMeters[1]'],
    [[{ meterNumber: 'M1' }], 'associatedMeters[0]'],
    [[['M1']], 'associatedMeters[0]'],
    [['x'.repeat(65)], 'associatedMeters[0]'],
    ['M1', 'associatedMeters'],
    [Array.from({ length: 1001 }, (_, at) => `M${at}`), 'associatedMeters'],
  ])('with meters that are none is set aside, naming the entry (%#)', (associatedMeters, field) => {
    expect(fault({ associatedMeters })).toMatchObject({ code: 'invalid_field', field });
  });

  test.each([
    [{ onuSerial: '' }],
    [{ onuSerial: null }],
    [{ location: null }],
    [{ alarmData: { parcel: 5040835035, serial: null } }],
    [{ alarmData: null }],
    [{ nmsType: 3 }],
    [{ eventId: 'e-1', status: 'received' }],
  ])('with %j is taken', (changes) => {
    expect(fault(changes)).toBe('accepted');
  });

  test.each([
    [{ onuSerial: 5 }, 'onuSerial'],
    [{ location: { lat: 95, lng: 35 } }, 'location.lat'],
    [{ location: { lng: 35 } }, 'location.lat'],
    [{ alarmData: 'power' }, 'alarmData'],
    [{ alarmData: { parcel: {} } }, 'alarmData.parcel'],
    [{ eventId: 'x'.repeat(129) }, 'eventId'],
    [{ timestamp: '2025-09-24 13:51:31Z' }, 'timestamp'],
  ])('with %j is set aside, naming the field', (changes, field) => {
    expect(fault(changes)).toMatchObject({ code: expect.stringMatching(/_field$/), field });
  });
});
