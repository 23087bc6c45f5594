import type { FeederCodes } from '../store/queries/demo/read-first-feeder.ts';

/** What is said where no storm is played. */
export interface Installation {
  /** Address of the server. */
  readonly url: string;
  /** Whether the registry holds nothing yet. */
  readonly isEmpty: boolean;
  /** A feeder to send a first message about; null where the registry has none. */
  readonly feeder: FeederCodes | null;
  /** Whether the gateways take messages without a key. */
  readonly isOpen: boolean;
  readonly now: Date;
}

/** What to do next with an installation that nobody fills by itself: the network, and a first message, a command each. */
export function nextSteps({ url, isEmpty, feeder, isOpen, now }: Installation): string[] {
  const key = isOpen ? '' : ` -H 'authorization: Bearer <key>'`;
  const message = {
    eventType: 'MV_AlarmLossOfVoltage',
    substationId: feeder?.substationId ?? '<substation>',
    feederId: feeder?.feederId ?? '<feeder>',
    mainStationId: '1',
    alarmType: 'De-energized',
    timestamp: now.toISOString().replace(/\.\d+Z$/, 'Z'),
    voltage: 0,
  };
  const send = `curl ${url}/scada-mock-generator${key} -d '${JSON.stringify(message)}'`;
  return [
    ...(isEmpty
      ? [
          'The registry is empty. Import your network, CSV files in a folder',
          '(docs/network-bundle.md):',
          '',
          '  npx lastgasp import network <folder>',
          '',
          'Then send a first message, as SCADA does when a feeder loses its voltage:',
        ]
      : ['Send a message, as SCADA does when a feeder loses its voltage:']),
    '',
    `  ${send}`,
    '',
  ];
}
