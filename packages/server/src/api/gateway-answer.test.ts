import { describe, expect, it } from 'vitest';
import type { Receipt } from '../ingest/inbound-message.ts';
import { answerReceipt } from './gateway-answer.ts';
import { formatSoapReply, wantsSoap } from './soap-reply.ts';

const event = (outcome: 'stored' | 'duplicate') => ({ id: 1, outcome, metersMatched: 0, detail: null });
const setAside = (code: string, reason = 'wrong') => ({
  rejection: { code, field: 'x', reason },
  deadLetterId: 7,
});
const answer = (events: Receipt['events'], rejected: Receipt['rejected'] = []) =>
  answerReceipt('onu', { events, rejected });

describe('what a gateway answers', () => {
  it('is 202 where anything is new, 200 where all of it was stored before', () => {
    expect(answer([event('stored'), event('duplicate')])).toMatchObject({ status: 202 });
    expect(answer([event('stored')], [setAside('missing_field')])).toMatchObject({
      status: 202,
      body: { status: 'partly stored', rejected: [{ deadLetterId: 7 }] },
    });
    expect(answer([event('duplicate')])).toMatchObject({ status: 200 });
    expect(answer([event('duplicate')], [setAside('missing_field')])).toMatchObject({ status: 200 });
  });

  it('is never 2xx without a stored row', () => {
    expect(answer([]).kind).toBe('refused');
    expect(answer([], [setAside('missing_field')]).kind).toBe('refused');
  });

  it.each([
    ['not_text', 'OMS_MESSAGE_UNREADABLE'],
    ['invalid_json', 'OMS_MESSAGE_UNREADABLE'],
    ['invalid_xml', 'OMS_MESSAGE_UNREADABLE'],
    ['unsafe_content', 'OMS_MESSAGE_UNSAFE'],
    ['too_large', 'OMS_MESSAGE_TOO_LARGE'],
    ['compressed', 'OMS_ENCODING_UNSUPPORTED'],
    ['missing_field', 'OMS_MESSAGE_REJECTED'],
    ['refused_by_database', 'OMS_MESSAGE_REJECTED'],
  ])('for a message set aside as %s is %s', (rejection, code) => {
    expect(answer([], [setAside(rejection)])).toMatchObject({ kind: 'refused', code });
  });
});

describe('the answer to a head-end in XML', () => {
  const at = new Date('2026-11-23T10:00:00Z');

  it('is sent where the Accept header begins with an XML type', () => {
    expect(['text/xml', 'application/soap+xml; charset=utf-8', 'application/xml, */*'].every(wantsSoap)).toBe(
      true,
    );
    expect(['*/*', 'application/json, text/xml', '', undefined].some(wantsSoap)).toBe(false);
  });

  it('says OK, PARTIAL or FAILED', () => {
    expect(formatSoapReply(answer([event('stored')]), at)).toContain('<Result>OK</Result></Reply>');
    expect(formatSoapReply(answer([event('stored')], [setAside('missing_field')]), at)).toContain(
      '<Result>PARTIAL</Result><Error><code>missing_field</code>',
    );
    expect(formatSoapReply(answer([]), at)).toContain('<Result>FAILED</Result><Error>');
  });

  it('names the field once and the dead letter', () => {
    expect(answer([], [setAside('missing_field')])).toMatchObject({
      detail: 'x: wrong',
      errors: [{ field: 'x', reason: 'wrong', deadLetterId: 7 }],
    });
    expect(formatSoapReply(answer([], [setAside('missing_field')]), at)).toContain(
      '<reason>x: wrong</reason><details>dead letter 7</details></Error>',
    );
  });

  it('is well-formed whatever a reason quotes', () => {
    const reply = formatSoapReply(answer([], [setAside('invalid_field', '<a> & "b" \u0001 \ud800')]), at);
    expect(reply).toContain('x: &lt;a&gt; &amp; &quot;b&quot; \ufffd \ufffd</reason>');
  });
});
