import { describe, expect, test } from 'vitest';
import { scadaMessage } from '../../testing/example-messages.ts';
import { readMessage } from '../read-message.ts';

const fault = (changes: Record<string, unknown>) => {
  const { events, rejected } = readMessage('scada', scadaMessage(changes));
  expect(events.length + rejected.length).toBe(1);
  return rejected[0]?.rejection ?? 'accepted';
};

describe('a SCADA message', () => {
  test('is handed on with every field it has, those that nobody reads too', () => {
    const message = scadaMessage({ vendor: { firmware: [1, null, 'x'] }, sequence: 7 });
    const read = readMessage('scada', JSON.stringify(message, null, 2));
    expect(read).toEqual({
      events: [JSON.stringify(message)],
      subjects: [message.substationId],
      rejected: [],
    });
  });

  test.each(['eventType', 'substationId', 'mainStationId', 'alarmType', 'timestamp', 'voltage'])(
    'without %s is set aside as incomplete',
    (field) => {
      expect(fault({ [field]: undefined })).toEqual({
        code: 'missing_field',
        field,
        reason: 'is missing',
      });
      expect(fault({ [field]: null })).toMatchObject({ code: 'missing_field', field });
    },
  );

  test.each(['eventType', 'substationId', 'mainStationId', 'alarmType'])(
    'with a blank %s is set aside',
    (field) => {
      expect(fault({ [field]: ' ' })).toEqual({
        code: 'invalid_field',
        field,
        reason: 'must not be empty',
      });
    },
  );

  test.each([[''], [null], [undefined]])('of the whole substation names no feeder: %j', (feederId) => {
    expect(fault({ feederId })).toBe('accepted');
  });

  test.each([
    ['the text "11"', '11'],
    ['the boolean true', true],
    ['an array', [11]],
  ])('with a voltage that is %s is set aside with what it got', (got, voltage) => {
    expect(fault({ voltage })).toEqual({
      code: 'invalid_field',
      field: 'voltage',
      reason: `must be a number, got ${got}`,
    });
  });

  test.each([0, 11000, 33.5, -0.1, 1e-7])(
    'with %d as its voltage is taken, in volts or kilovolts',
    (voltage) => {
      expect(fault({ voltage })).toBe('accepted');
    },
  );

  test('with a voltage of more digits than a number holds is set aside', () => {
    const body = JSON.stringify(scadaMessage()).replace('"voltage":0', '"voltage":12345678901234567890');
    expect(readMessage('scada', body).rejected[0]?.rejection.reason).toBe(
      'must be a number, got the number 12345678901234567890, beyond what is exact',
    );
  });

  test('with such digits where nobody reads them is handed on digit for digit', () => {
    const body = JSON.stringify(scadaMessage({ serial: 0 })).replace(
      '"serial":0',
      '"serial":12345678901234567890',
    );
    expect(readMessage('scada', body)).toMatchObject({ events: [body], rejected: [] });
    expect(readMessage('scada', `{"event":${body}}`)).toMatchObject({ events: [body], rejected: [] });
  });

  test('with a time without offset is set aside, naming the field', () => {
    expect(fault({ timestamp: '2025-09-24T13:51:31.555369' })).toEqual({
      code: 'invalid_field',
      field: 'timestamp',
      reason: 'must carry its offset from UTC (Z or ±hh:mm), got the text "2025-09-24T13:51:31.555369"',
    });
    expect(fault({ timestamp: 1758711091 })).toMatchObject({ code: 'invalid_field', field: 'timestamp' });
  });

  test('keeps the time as it was sent, to the microsecond and in its own offset', () => {
    const { events } = readMessage('scada', scadaMessage({ timestamp: '2025-09-24T13:51:31.555369+03:00' }));
    expect(events[0]).toContain('"timestamp":"2025-09-24T13:51:31.555369+03:00"');
  });

  test.each(['Medium', 'critical', 'HIGH', '', null, undefined])(
    'with the severity %j is taken',
    (severity) => {
      expect(fault({ severity })).toBe('accepted');
    },
  );

  test.each([
    [{ coordinates: { lat: 91, lng: 35 } }, 'coordinates.lat'],
    [{ coordinates: { lat: 31, lng: -180.5 } }, 'coordinates.lng'],
    [{ coordinates: { lat: '31.9', lng: 35 } }, 'coordinates.lat'],
    [{ coordinates: { lat: 31 } }, 'coordinates.lng'],
    [{ coordinates: { lat: null, lng: 35 } }, 'coordinates.lat'],
    [{ coordinates: [31, 35] }, 'coordinates'],
    [{ coordinates: undefined, latitude: 31, longitude: 181 }, 'longitude'],
    [{ coordinates: undefined, latitude: 31 }, 'longitude'],
  ])('with the place %j is set aside, naming the field', (changes, field) => {
    expect(fault(changes)).toMatchObject({ field });
  });

  test.each([
    [{ coordinates: { lat: -90, lng: 180 } }],
    [{ coordinates: { lat: null, lng: null } }],
    [{ coordinates: null }],
    [{ coordinates: {} }],
    [{ coordinates: undefined, latitude: 31.94, longitude: 35.97 }],
    [{ coordinates: undefined, latitude: null, longitude: null }],
  ])('with the place %j is taken', (changes) => {
    expect(fault(changes)).toBe('accepted');
  });

  test.each([
    ['substationId', 64],
    ['feederId', 64],
    ['mainStationId', 64],
    ['eventType', 64],
    ['alarmType', 64],
    ['reason', 2000],
    ['source', 128],
  ])('with a %s of more than %d characters is set aside, saying so', (field, limit) => {
    expect(fault({ [field]: 'x'.repeat(limit) })).toBe('accepted');
    expect(fault({ [field]: 'x'.repeat(limit + 1) })).toEqual({
      code: 'invalid_field',
      field,
      reason: `has ${limit + 1} characters; at most ${limit} are taken`,
    });
  });

  test('names its sender from the header of its request where it names none itself', () => {
    const sender = (message: object) =>
      readMessage('scada', message, { source: 'RTU-7' }).events.map((text) => JSON.parse(text).source);
    expect(sender(scadaMessage())).toEqual(['RTU-7']);
    expect(sender(scadaMessage({ source: ' ' }))).toEqual(['RTU-7']);
    expect(sender(scadaMessage({ source: 'SCADA-A' }))).toEqual(['SCADA-A']);
  });
});
