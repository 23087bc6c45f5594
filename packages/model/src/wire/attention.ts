import Type, { type Static } from 'typebox';
import { OUTAGE_STATUSES, PROVIDER_CONDITIONS, PROVIDERS, SOURCE_TYPES } from '../vocabulary.ts';
import { Count, Instant, orNull, wordOf } from './schema.ts';

/** The two kinds of call that cannot wait: a danger to somebody, and a service with only part of its supply. */
export const HAZARD_CALL_KINDS = ['hazard', 'partial_supply'] as const;

/** A call that reports danger, or partial supply; shown before everything else. Caller data is masked. */
export const HazardCall = Type.Object(
  {
    ticketId: Type.String(),
    status: Type.String(),
    kind: wordOf(HAZARD_CALL_KINDS),
    calledAt: Instant,
    receivedAt: Instant,
    meterNumber: orNull(Type.String()),
    phone: orNull(Type.String({ description: 'Masked' })),
    address: orNull(Type.String({ description: 'Masked' })),
    notes: orNull(Type.String({ description: 'What the caller said, numbers that could be phones masked' })),
    substation: orNull(Type.String()),
    feeder: orNull(Type.String()),
    outageId: orNull(Type.String()),
  },
  { $id: 'HazardCall' },
);
export type HazardCall = Static<typeof HazardCall>;

/** An identifier of a stored event that the registry does not know. Phones and addresses are masked. */
export const UnmatchedIdentifier = Type.Object(
  {
    id: Type.Integer(),
    source: wordOf(SOURCE_TYPES),
    sourceEventId: Type.Integer(),
    kind: Type.String(),
    value: Type.String(),
    eventAt: Instant,
    firstSeenAt: Instant,
  },
  { $id: 'UnmatchedIdentifier' },
);
export type UnmatchedIdentifier = Static<typeof UnmatchedIdentifier>;

/** A message that was set aside, without its text: `lastgasp dead-letters show <id>` prints that. */
export const DeadLetter = Type.Object(
  {
    id: Type.Integer(),
    source: Type.String(),
    transport: Type.String(),
    sender: orNull(Type.String({ description: 'Who sent it, as far as that is known' })),
    topic: orNull(Type.String()),
    partition: orNull(Type.Integer()),
    offset: orNull(Type.String({ description: 'In digits: it may be larger than a number can be exactly' })),
    code: Type.String(),
    field: orNull(Type.String()),
    reason: Type.String(),
    status: Type.String(),
    timesSeen: Type.Integer(),
    bytes: Count,
    receivedAt: Instant,
    lastSeenAt: Instant,
  },
  { $id: 'DeadLetter' },
);
export type DeadLetter = Static<typeof DeadLetter>;

/** What a caller may know about a ticket: its own state, and the real state of the outage it belongs to. */
export const TicketState = Type.Object(
  {
    ticketId: Type.String(),
    intakeId: Type.String(),
    omsEventId: Type.String(),
    status: Type.String(),
    calledAt: Instant,
    statusChangedAt: Instant,
    outage: orNull(
      Type.Object({
        id: Type.String(),
        status: wordOf(OUTAGE_STATUSES),
        startedAt: Instant,
        estimatedRestorationAt: orNull(Instant),
        endedAt: orNull(Instant),
        cause: orNull(Type.String()),
        customersOut: Count,
        customersOutNow: Count,
      }),
    ),
  },
  { $id: 'TicketState' },
);
export type TicketState = Static<typeof TicketState>;

/** How each provider is heard, in the words of the header line of the console. */
export const ProviderActivity = Type.Object({
  provider: wordOf(PROVIDERS),
  lastReceivedAt: orNull(Instant),
  stored: Type.Integer({ minimum: 0, description: 'By HTTP since this process started' }),
  duplicate: Count,
  rejected: Count,
  deadLetters: Type.Integer({ minimum: 0, description: 'Set aside and not yet dealt with' }),
  unmatched: Type.Integer({ minimum: 0, description: 'Identifiers that the registry does not know' }),
  conditions: Type.Array(Type.Object({ condition: wordOf(PROVIDER_CONDITIONS), startsAt: Instant }), {
    description: 'What is wrong with it now; /api/providers tells more',
  }),
});
export type ProviderActivity = Static<typeof ProviderActivity>;

/** The trust signs of the console: what is heard, how far the correlator is behind, how many are out. */
export const SiteStatus = Type.Object(
  {
    now: Instant,
    startedAt: Instant,
    siteTimeZone: Type.String(),
    revision: Type.Integer(),
    openOutages: Type.Integer({ minimum: 0, description: 'Without those that announced work explains' }),
    plannedOutages: Type.Integer({ minimum: 0, description: 'Open ones that announced work explains' }),
    customersOutNow: Count,
    hazardCalls: Count,
    correlatorLagSeconds: Type.Number({
      minimum: 0,
      description: 'Age of the oldest evidence that is not correlated yet; 0 where none waits',
    }),
    evidenceWaiting: Type.Integer({ minimum: 0, description: 'Evidence that is not correlated yet' }),
    networkLoaded: Type.Boolean({ description: 'False until a network was imported' }),
    providers: Type.Array(ProviderActivity),
    unknown: Type.Object(
      { deadLetters: Type.Integer({ minimum: 0, description: 'Set aside and not yet dealt with' }) },
      { description: 'What is of none of the providers, or of nobody knows which' },
    ),
  },
  { $id: 'SiteStatus' },
);
export type SiteStatus = Static<typeof SiteStatus>;
