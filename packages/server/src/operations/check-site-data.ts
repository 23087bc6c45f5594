import type { NetworkFinding } from '@lastgasp/engine';
import type { Provider } from '@lastgasp/model';
import type { ProviderData, SiteData } from '../store/queries/doctor/read-site-data.ts';
import { type Check, check, count } from './check.ts';

/** What the data of a site is judged by. */
export interface SiteFacts {
  /** Null where the schema is not there, so that nothing can be counted. */
  readonly data: SiteData | null;
  /** Null where no correlator has run on this database. */
  readonly correlatorLagSeconds: number | null;
  readonly now: Date;
  /** Address of the gateways, for the line that sends a first message. */
  readonly url: string;
  /** How an instant is told. */
  readonly time: (at: Date) => string;
}

/** A provider that was silent for longer has something wrong between it and us: each sends many a day. */
const SILENCE_HOURS = 24;

/** Evidence that waits longer means that nobody correlates. */
const CORRELATION_LAG_SECONDS = 60;

/** Real registries always have a few meters nobody can place; more than these make outages uncountable. */
const LINKED_SHARE = 0.95;

/** Where fewer of its events find a meter, the provider and the registry name things differently. */
const MATCHED_SHARE = 0.5;

const IMPORT = 'lastgasp import network <folder>';

/** Each provider's name, its events, and the example that stands for a first one. */
const PROVIDER_WORDS: Readonly<Record<Provider, readonly [name: string, events: string, send: string]>> = {
  scada: ['SCADA', 'SCADA events', 'scada.json scada-mock-generator'],
  onu: ['ONU', 'ONU events', 'onu-last-gasp.json onu-event'],
  kaifa: ['KAIFA', 'KAIFA events', 'kaifa-last-gasp.xml hes-mock-generator'],
  'call-center': ['Call Center', 'tickets', 'call-center.json call-center-ticket-generator'],
};

/** Whether the registry is filled, the providers are heard, their events find meters, and evidence is correlated. */
export function checkSiteData(facts: SiteFacts): readonly Check[] {
  const { data } = facts;
  return [
    registered('substations', data?.substations),
    registered('feeders', data?.feeders),
    registered('meters', data?.meters),
    checkLinks(data),
    checkTree(data),
    checkSwitches(data),
    ...(Object.keys(PROVIDER_WORDS) as Provider[]).flatMap((provider) => [
      checkHeard(provider, facts),
      checkMatched(provider, data?.providers[provider]),
    ]),
    checkCorrelation(facts),
  ];
}

const NOT_COUNTED = 'not looked at: the schema is not there';

function registered(what: string, rows: number | undefined): Check {
  return check(what, rows !== undefined && rows > 0, {
    wanted: 'at least one is registered',
    detail: rows === undefined ? NOT_COUNTED : rows === 0 ? `no ${what} yet` : count(rows),
    next: rows === undefined ? 'lastgasp migrate' : IMPORT,
  });
}

function checkLinks(data: SiteData | null): Check {
  const { meters = 0, linkedMeters = 0 } = data ?? {};
  const wanted = `the feeder of at least ${percent(LINKED_SHARE)} of the meters is known`;
  if (data === null || meters === 0) {
    return check('meters are linked to feeders', false, {
      wanted,
      detail: data === null ? NOT_COUNTED : 'no meters yet',
      next: data === null ? 'lastgasp migrate' : IMPORT,
    });
  }
  return check('meters are linked to feeders', linkedMeters >= LINKED_SHARE * meters, {
    wanted,
    detail: `${count(linkedMeters)} of ${count(meters)} (${percent(linkedMeters / meters)})`,
    next: `give meters.csv the missing feeders, then: ${IMPORT}`,
  });
}

/** What a mended import takes away, and what a switch does that stands otherwise than somebody thinks. */
const DATA_FAULTS = {
  loop: 'loops',
  island: 'islands',
  below_normally_open: 'below an open tie',
  unknown_upstream: 'of an unknown upstream',
  unknown_other_end: 'ties to an unknown end',
} as const satisfies Partial<Record<NetworkFinding['kind'], string>>;
const SWITCH_FAULTS = {
  parallel: 'closed ties between points that are both fed',
  unfed_section: 'open with nothing feeding what is below',
} as const satisfies Partial<Record<NetworkFinding['kind'], string>>;

function checkTree(data: SiteData | null): Check {
  return checkFindings('every device hangs on a substation', data, DATA_FAULTS, {
    wanted: 'no loops, no islands, and every upstream is there',
    next: `mend upstream_id in devices.csv, then: ${IMPORT}`,
  });
}

function checkSwitches(data: SiteData | null): Check {
  return checkFindings('switches leave nobody unfed', data, SWITCH_FAULTS, {
    wanted: 'no tie is closed onto what is fed, and nothing is cut off',
    next: `where one stands otherwise: lastgasp sql "select set_device_state('<device>', <open?>, now())"`,
  });
}

/** How many devices a line names. */
const NAMED = 3;

function checkFindings(
  name: string,
  data: SiteData | null,
  words: Readonly<Partial<Record<NetworkFinding['kind'], string>>>,
  { wanted, next }: { readonly wanted: string; readonly next: string },
): Check {
  const { devices, findings } = data?.deviceTree ?? { devices: 0, findings: [] };
  const parts = Object.entries(words).flatMap(([kind, word]) => {
    const found = findings.filter((finding) => finding.kind === kind);
    if (found.length === 0) return [];
    const first = found.slice(0, NAMED).map(nameOf).join(', ');
    return [`${count(found.length)} ${word} (${first}${found.length > NAMED ? ', …' : ''})`];
  });
  return check(name, devices > 0 && parts.length === 0, {
    wanted,
    detail:
      data === null
        ? NOT_COUNTED
        : devices === 0
          ? 'no devices yet'
          : parts.length === 0
            ? `${count(devices)} devices`
            : parts.join('; '),
    next: data === null ? 'lastgasp migrate' : devices === 0 ? IMPORT : next,
  });
}

function nameOf(finding: NetworkFinding): string {
  if (finding.kind === 'loop') return finding.devices.slice(0, 8).join(' < ');
  if (finding.kind === 'parallel') return finding.tie;
  return 'device' in finding ? finding.device : '';
}

function checkHeard(provider: Provider, { data, now, url, time }: SiteFacts): Check {
  const [name, events, send] = PROVIDER_WORDS[provider];
  const at = data?.providers[provider].lastReceivedAt ?? null;
  const [example, route] = send.split(' ');
  const conditions = data?.providers[provider].conditions ?? [];
  const isHeard = at !== null && now.getTime() - at.getTime() < SILENCE_HOURS * 3_600_000;
  const sick = conditions.length === 0 ? '' : `; it is ${conditions.join(' and ')}: lastgasp providers`;
  return check(`${name} is heard`, isHeard && conditions.length === 0, {
    wanted: `a message in the last ${SILENCE_HOURS} hours, and nothing wrong with it`,
    detail:
      data === null ? NOT_COUNTED : at === null ? `no ${events} yet` : `the last one came ${time(at)}${sick}`,
    next:
      data === null
        ? 'lastgasp migrate'
        : at === null
          ? `curl --data-binary @examples/messages/${example} ${url}/${route}`
          : `look at ${name} and the network between; lastgasp dead-letters list shows what was refused`,
  });
}

function checkMatched(provider: Provider, data: ProviderData | undefined): Check {
  const [name, events] = PROVIDER_WORDS[provider];
  const { newest = 0, newestMatched = 0 } = data ?? {};
  const toMeters = provider === 'call-center' ? 'tickets are linked to meters' : `${events} find meters`;
  return check(toMeters, newest > 0 && newestMatched >= MATCHED_SHARE * newest, {
    wanted: `at least ${percent(MATCHED_SHARE)} of the newest`,
    detail:
      data === undefined
        ? NOT_COUNTED
        : newest === 0
          ? `no ${events} yet`
          : `${count(newestMatched)} of the newest ${count(newest)} (${percent(newestMatched / newest)})`,
    next:
      data === undefined
        ? 'lastgasp migrate'
        : newest === 0
          ? `as soon as ${name} is heard, this is counted`
          : `import what is missing; lastgasp sql "select * from oms_unmatched_identifiers where matched_at is null limit 20"`,
  });
}

function checkCorrelation({ data, correlatorLagSeconds: lag }: SiteFacts): Check {
  const hasEvents = data !== null && Object.values(data.providers).some(({ newest }) => newest > 0);
  const isDone = hasEvents && lag !== null;
  return check('evidence is correlated as it comes', isDone && lag < CORRELATION_LAG_SECONDS, {
    wanted: `none waits longer than ${CORRELATION_LAG_SECONDS} s`,
    detail:
      data === null
        ? NOT_COUNTED
        : !hasEvents
          ? 'no events yet, so there is no evidence'
          : lag === null
            ? 'no correlator has run'
            : lag === 0
              ? 'none waits'
              : `the oldest waits ${count(Math.ceil(lag))} s`,
    next:
      data === null
        ? 'lastgasp migrate'
        : hasEvents
          ? 'lastgasp serve (or serve --roles correlate)'
          : 'send a first message, as above',
  });
}

/** Whole percent, rounded down: what is almost all must not read as all. */
function percent(share: number): string {
  return `${Math.floor(share * 100 + 1e-9)} %`;
}
