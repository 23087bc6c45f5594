import type { Network, NetworkFinding } from '@lastgasp/engine';

/** Where it is told; a pino logger is one. */
interface NetworkLog {
  readonly info: (figures: object, message: string) => void;
  readonly warn: (figures: object, message: string) => void;
}

/** How many findings of one kind are named; `doctor` counts them all. */
const NAMED = 5;

/** A line of what was loaded, and one for each kind of finding with how many there are and the first of them. */
export function tellNetwork(network: Network, log: NetworkLog): void {
  const { meterCount, deviceCount, transferredMeters, findings } = network;
  log.info({ meters: meterCount, devices: deviceCount, transferredMeters }, 'network loaded');
  const byKind = new Map<NetworkFinding['kind'], NetworkFinding[]>();
  for (const finding of findings) {
    const known = byKind.get(finding.kind);
    if (known === undefined) byKind.set(finding.kind, [finding]);
    else known.push(finding);
  }
  for (const [kind, found] of byKind)
    log.warn(
      { finding: kind, count: found.length, first: found.slice(0, NAMED).map(nameOf) },
      MESSAGES[kind],
    );
}

const MESSAGES: Readonly<Record<NetworkFinding['kind'], string>> = {
  loop: 'devices of the network feed each other in a ring, which was cut',
  island: 'devices of the network hang on no substation',
  below_normally_open: 'devices of the network are fed only through an open tie',
  unknown_upstream: 'devices of the network name an upstream device that is not there',
  unknown_other_end: 'ties of the network name another end that is not there',
  parallel: 'ties are closed between points that are both fed, and feed nothing',
  unfed_section: 'switches stand open and nothing feeds what is below them',
  unfed_meters: 'meters of the registry have no place that anything feeds',
};

function nameOf(finding: NetworkFinding): string | number {
  switch (finding.kind) {
    case 'loop':
      return finding.devices.slice(0, 8).join(' < ');
    case 'parallel':
      return finding.tie;
    case 'unfed_meters':
      return finding.meters;
    default:
      return finding.device;
  }
}
