import { describe, expect, test } from 'vitest';
import { callCenterMessage } from '../../testing/example-messages.ts';
import { readMessage } from '../read-message.ts';

const fault = (changes: Record<string, unknown>) => {
  const { events, rejected } = readMessage('call-center', callCenterMessage(changes));
  expect(events.length + rejected.length).toBe(1);
  return rejected[0]?.rejection ?? 'accepted';
};
const handedOn = (changes: Record<string, unknown>) =>
  JSON.parse(readMessage('call-center', callCenterMessage(changes)).events[0] ?? 'null');

describe('a trouble call', () => {
  test('is handed on with every field it has, Arabic text untouched', () => {
    const message = callCenterMessage({ notes: 'الكهرباء مقطوعة', agent: 'a7' });
    expect(readMessage('call-center', message)).toEqual({
      events: [JSON.stringify(message)],
      subjects: [message.ticketId],
      rejected: [],
    });
  });

  test.each(['ticketId', 'timestamp', 'customer'])('without %s is set aside as incomplete', (field) => {
    expect(fault({ [field]: undefined })).toMatchObject({ code: 'missing_field', field });
    expect(fault({ [field]: null })).toMatchObject({ code: 'missing_field', field });
  });

  test.each([
    [{}],
    [{ phone: '', meterNumber: '', address: '', notes: '' }],
    [{ phone: null, meterNumber: null, address: null, notes: null }],
  ])('of a customer of whom nothing is known is taken: %j', (customer) => {
    expect(fault({ customer })).toBe('accepted');
  });

  test.each([
    [{ customer: 'Mr. X' }, 'customer'],
    [{ customer: [] }, 'customer'],
    [{ customer: { phone: 790123456 } }, 'customer.phone'],
    [{ customer: { address: ['x'] } }, 'customer.address'],
    [{ customer: { meterNumber: 'x'.repeat(65) } }, 'customer.meterNumber'],
    [{ customer: { notes: 'x'.repeat(2001) } }, 'customer.notes'],
    [{ notes: 5 }, 'notes'],
    [{ source: {} }, 'source'],
    [{ intake: 'i-1' }, 'intake'],
    [{ intake: { intakeId: 5 } }, 'intake.intakeId'],
    [{ timestamp: 'now' }, 'timestamp'],
  ])('with %j is set aside, naming the field', (changes, field) => {
    expect(fault(changes)).toMatchObject({ code: 'invalid_field', field });
  });

  test('with a customer given as a number beyond 2^53 is set aside like any other number', () => {
    const body = JSON.stringify(callCenterMessage({ customer: 0 })).replace(':0,', ':12345678901234567890,');
    expect(readMessage('call-center', body).rejected[0]?.rejection).toMatchObject({ field: 'customer' });
  });

  test('with a number as its ticket id is handed on with the digits as text', () => {
    expect(handedOn({ ticketId: 117 }).ticketId).toBe('117');
  });

  test.each(['', '  ', 1.5, 2 ** 53, true, { id: 1 }])(
    'with %j as its ticket id is set aside',
    (ticketId) => {
      expect(fault({ ticketId })).toMatchObject({ code: 'invalid_field', field: 'ticketId' });
    },
  );

  test.each([
    'Registered',
    'crew assigned',
    'IN PROGRESS',
    'Partially restored',
    ' Restored ',
    '',
    null,
    undefined,
  ])('with the state %j is taken, in any case', (status) => {
    expect(fault({ status })).toBe('accepted');
    expect(handedOn({ status }).status).toBe(status);
  });

  test('with an unknown state is set aside, naming those that are known', () => {
    expect(fault({ status: 'Closed' })).toEqual({
      code: 'invalid_field',
      field: 'status',
      reason:
        'must be a ticket state that is known (Registered, Crew Assigned, In Progress, Partially Restored, Restored), got the text "Closed"',
    });
    expect(fault({ status: 5 })).toMatchObject({ field: 'status' });
  });

  test('takes the intake of its envelope where it has none itself', () => {
    const intake = { intakeId: 'INT-1', omsEventId: 'OMS-1' };
    const inEnvelope = (event: object) =>
      JSON.parse(readMessage('call-center', { source: 'gw', event, intake, topic: 't' }).events[0] ?? 'null')
        .intake;
    expect(inEnvelope(callCenterMessage())).toEqual(intake);
    expect(inEnvelope(callCenterMessage({ intake: { intakeId: 'INT-2' } }))).toEqual({ intakeId: 'INT-2' });
  });

  test('in an envelope with an intake that is none is set aside', () => {
    const { rejected } = readMessage('call-center', { event: callCenterMessage(), intake: { intakeId: 7 } });
    expect(rejected[0]?.rejection).toMatchObject({ code: 'invalid_field', field: 'intake.intakeId' });
  });
});
