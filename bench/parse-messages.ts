// How fast provider messages are read: `node bench/parse-messages.ts [--json]`. The messages are made from a fixed seed;
// the bare parser is measured in the same run, because only the ratio compares between machines. Processor time is counted
// and not the clock's, so that others on the machine disturb less.
import { performance } from 'node:perf_hooks';
import { seededRandom } from '@lastgasp/engine';
import { SaxesParser } from 'saxes';
import { readMessage } from '../packages/server/src/ingest/providers/read-message.ts';

const RUNS = 9;
const MESSAGES = 2000;
const ENVELOPES = 40;
const EVENTS_PER_ENVELOPE = 100;

interface Measurement {
  readonly name: string;
  /** What is counted per second of processor time: messages, or the events in them. */
  readonly unit: 'messages' | 'events';
  readonly minPerSecond: number;
  readonly medianPerSecond: number;
  readonly maxPerSecond: number;
}

function scadaMessages(random: () => number): Buffer[] {
  return Array.from({ length: MESSAGES }, () => {
    const message = {
      eventType: random() < 0.5 ? 'MV_AlarmLossOfVoltage' : 'MV_AlarmRestoration',
      substationId: `4A00000K${Math.floor(random() * 1000)}`,
      feederId: `F00K${Math.floor(random() * 5000)}`,
      mainStationId: `82${Math.floor(random() * 1000)}`,
      alarmType: random() < 0.5 ? 'De-energized' : 'Energized',
      timestamp: new Date(1_758_700_000_000 + Math.floor(random() * 86_400_000)).toISOString(),
      voltage: random() < 0.5 ? 0 : 11_000,
      severity: 'Medium',
      reason: 'Transformer Fault',
      coordinates: { lat: Number((31 + random()).toFixed(6)), lng: Number((35 + random()).toFixed(6)) },
    };
    return Buffer.from(JSON.stringify(message));
  });
}

function mirrored(messages: readonly Buffer[]): Buffer[] {
  return messages.map((message) =>
    Buffer.from(
      JSON.stringify({
        timestamp: '2025-09-24T13:51:31.555369',
        source: 'gateway',
        request: {
          method: 'POST',
          uri: '/scada-mock-generator',
          headers: { 'content-type': 'application/json', 'X-SCADA-Source': 'RTU-7' },
          body: message.toString(),
        },
        topic: 'scada-outage-topic',
      }),
    ),
  );
}

function soapEnvelopes(random: () => number, events: number): Buffer[] {
  const number = (limit: number) => Math.floor(random() * limit).toString();
  const event = () => `
      <ns2:EndDeviceEvent>
        <ns2:mRID>evt-${number(1e9)}</ns2:mRID>
        <ns2:createdDateTime>2025-09-24T13:51:${10 + Number(number(50))}+03:00</ns2:createdDateTime>
        <ns2:issuerID>KAIFA-HES</ns2:issuerID>
        <ns2:issuerTrackingID>${number(1e6)}</ns2:issuerTrackingID>
        <ns2:reason>Power failed</ns2:reason>
        <ns2:severity>Low</ns2:severity>
        <ns2:Assets><ns2:mRID>KFM${number(1e10)}</ns2:mRID></ns2:Assets>
        <ns2:EndDeviceEventDetails><ns2:name>Voltage</ns2:name><ns2:value>0</ns2:value></ns2:EndDeviceEventDetails>
        <ns2:EndDeviceEventType ref="3.26.0.85"/>
        <ns2:UsagePoint><ns2:mRID>UP-${number(1e10)}</ns2:mRID></ns2:UsagePoint>
      </ns2:EndDeviceEvent>`;
  return Array.from({ length: ENVELOPES }, () =>
    Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>
  <ns1:EventMessage xmlns:ns1="http://iec.ch/TC57/2011/schema/message">
    <ns1:Header><ns1:Verb>created</ns1:Verb><ns1:Noun>EndDeviceEvents</ns1:Noun>
      <ns1:Timestamp>2025-09-24T13:51:36+03:00</ns1:Timestamp><ns1:MessageID>m-${number(1e9)}</ns1:MessageID></ns1:Header>
    <ns1:Payload><ns2:EndDeviceEvents xmlns:ns2="http://iec.ch/TC57/2011/EndDeviceEvents#">${Array.from({ length: events }, event).join('')}
    </ns2:EndDeviceEvents></ns1:Payload>
  </ns1:EventMessage>
</soapenv:Body></soapenv:Envelope>`),
  );
}

/** The work `read` over all `bodies`, repeated until a run takes about a fifth of a second; the sink keeps it alive. */
function measure(
  name: string,
  unit: Measurement['unit'],
  bodies: readonly Buffer[],
  read: (body: Buffer) => number,
): Measurement {
  let sink = 0;
  const pass = () => {
    for (const body of bodies) sink += read(body);
  };
  const warmUntil = performance.now() + 500;
  while (performance.now() < warmUntil) pass();
  const probeStart = performance.now();
  pass();
  const repeats = Math.max(1, Math.ceil(200 / (performance.now() - probeStart)));
  const rates: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const before = sink;
    const start = process.cpuUsage();
    for (let repeat = 0; repeat < repeats; repeat++) pass();
    const { user, system } = process.cpuUsage(start);
    rates.push((sink - before) / ((user + system) / 1_000_000));
  }
  rates.sort((a, b) => a - b);
  return {
    name,
    unit,
    minPerSecond: Math.round(rates[0]!),
    medianPerSecond: Math.round(rates[(RUNS - 1) / 2]!),
    maxPerSecond: Math.round(rates[RUNS - 1]!),
  };
}

/** Bare tokenising: saxes with the handlers that the reader sets, in its order (one shape of parser), and nothing kept. */
function tokenise(body: Buffer): number {
  const parser = new SaxesParser({ xmlns: false, position: true });
  let events = 0;
  let characters = 0;
  const ignore = () => {};
  parser.on('error', ignore);
  parser.on('doctype', ignore);
  parser.on('processinginstruction', ignore);
  parser.on('opentag', ({ name }) => {
    if (name === 'ns2:EndDeviceEvent') events++;
  });
  parser.on('closetag', ignore);
  parser.on('text', (text) => {
    characters += text.length;
  });
  parser.on('cdata', ignore);
  parser.write(body.toString('utf8')).close();
  return characters > 0 ? events : 0;
}

const readEvents = (provider: 'scada' | 'kaifa') => (body: Buffer) => {
  const { events, rejected } = readMessage(provider, body);
  if (rejected.length > 0)
    throw new Error(`a message of the benchmark was rejected: ${rejected[0]?.rejection.reason}`);
  return events.length;
};

const random = seededRandom(20250924);
const scada = scadaMessages(random);
const soapOfOne = soapEnvelopes(random, 1);
const soapOfMany = soapEnvelopes(random, EVENTS_PER_ENVELOPE);

const measurements = [
  measure('SCADA, bare JSON.parse', 'messages', scada, (body) =>
    JSON.parse(body.toString('utf8')) === null ? 0 : 1,
  ),
  measure('SCADA, readMessage', 'messages', scada, readEvents('scada')),
  measure('SCADA in a mirrored request, readMessage', 'messages', mirrored(scada), readEvents('scada')),
  measure('SOAP of 1 event, bare saxes', 'events', soapOfOne, tokenise),
  measure('SOAP of 1 event, readMessage', 'events', soapOfOne, readEvents('kaifa')),
  measure('SOAP of 100 events, bare saxes', 'events', soapOfMany, tokenise),
  measure('SOAP of 100 events, readMessage', 'events', soapOfMany, readEvents('kaifa')),
];

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify(measurements, null, 2)}\n`);
} else {
  process.stdout.write(
    `per second of processor time (garbage collection included), min / median / max of ${RUNS} runs; Node ${process.version}\n`,
  );
  for (const { name, unit, minPerSecond, medianPerSecond, maxPerSecond } of measurements) {
    const figures = [minPerSecond, medianPerSecond, maxPerSecond].map((rate) => rate.toLocaleString('en'));
    process.stdout.write(
      `${name.padEnd(42)} ${figures.map((figure) => figure.padStart(10)).join('')}  ${unit}\n`,
    );
  }
  const bytes = [scada[0]!, soapOfOne[0]!, soapOfMany[0]!].map((body) => body.length);
  process.stdout.write(
    `bytes of a message: SCADA ${bytes[0]}, SOAP of 1 ${bytes[1]}, SOAP of 100 ${bytes[2]}\n`,
  );
}
