import { describeRejection, type ProblemReason } from '@lastgasp/model';
import type { GatewayAnswer } from './gateway-answer.ts';

const MESSAGE_NAMESPACE = 'http://iec.ch/TC57/2011/schema/message';

// xs:string of an error is for people; more than this no head-end shows.
const MOST_ERRORS = 20;

/** Whether a sender asks for XML: by its Accept header alone, so that a plain client is answered in JSON. */
export function wantsSoap(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const [first = ''] = accept.split(',', 1);
  return /^\s*(text\/xml|application\/xml|application\/soap\+xml)\b/i.test(first);
}

/**
 * The answer to a head-end as an IEC 61968-100 ResponseMessage in a SOAP 1.1 envelope: Result OK, PARTIAL or
 * FAILED, and each event that was set aside as an Error with its reason and dead letter. The HTTP status is that of the JSON
 * answer. It has no CorrelationID: the connection says which request it answers.
 */
export function formatSoapReply(answer: GatewayAnswer, at: Date): string {
  const reasons = answer.kind === 'taken' ? answer.body.rejected : answer.errors;
  const result = answer.kind === 'refused' ? 'FAILED' : reasons.length > 0 ? 'PARTIAL' : 'OK';
  const shown =
    reasons.length > 0 || answer.kind === 'taken' ? reasons : [{ field: null, reason: answer.detail }];
  const errors = shown.slice(0, MOST_ERRORS).map(formatError).join('');
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>' +
    `<ResponseMessage xmlns="${MESSAGE_NAMESPACE}"><Header><Verb>reply</Verb><Noun>EndDeviceEvents</Noun>` +
    `<Timestamp>${at.toISOString()}</Timestamp><Source>lastgasp</Source></Header>` +
    `<Reply><Result>${result}</Result>${errors}</Reply></ResponseMessage></soap:Body></soap:Envelope>`
  );
}

function formatError({ code = 'rejected', deadLetterId, ...reason }: ProblemReason): string {
  const details = deadLetterId === undefined ? '' : `<details>dead letter ${deadLetterId}</details>`;
  return (
    `<Error><code>${escapeXml(code)}</code><level>FATAL</level>` +
    `<reason>${escapeXml(describeRejection(reason))}</reason>${details}</Error>`
  );
}

function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 cannot carry them, not even escaped
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}
