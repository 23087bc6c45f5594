import Type, { type Static } from 'typebox';
import { PROVIDER_CONDITIONS, PROVIDERS } from '../vocabulary.ts';
import { Count, Instant, orNull, wordOf } from './schema.ts';

const Seconds = Type.Number({ description: 'Seconds' });
const Share = Type.Number({ minimum: 0, maximum: 1 });

/** Something that is wrong with a provider now. */
export const LastingProviderCondition = Type.Object({
  condition: wordOf(PROVIDER_CONDITIONS),
  startsAt: Instant,
  lagSeconds: orNull(Type.Integer({ description: 'Of a late one: how late nearly all of it is at most' })),
  isAutomatic: Type.Boolean({
    description: 'Found by the system, which ends it too; false where a person noted it',
  }),
  notedBy: Type.String(),
  note: orNull(Type.String()),
});
export type LastingProviderCondition = Static<typeof LastingProviderCondition>;

/** How a provider does: what was measured in the last half hour, and what is usual for it. */
export const ProviderHealth = Type.Object(
  {
    provider: wordOf(PROVIDERS),
    measuredAt: orNull(
      Type.String({
        format: 'date-time',
        description: 'When the figures were taken; null before the first time',
      }),
    ),
    conditions: Type.Array(LastingProviderCondition, { description: 'Empty where it is well' }),
    lastReceivedAt: orNull(Instant),
    silenceSeconds: orNull(Seconds),
    usualSilenceSeconds: orNull(
      Type.Number({
        description: 'Its longest silence in 95 % of the comparable hours; null while too few are known',
      }),
    ),
    silentAfterSeconds: orNull(Type.Number({ description: 'Silence from which on it is silent' })),
    comparableHours: Type.Integer({
      minimum: 0,
      description: 'Hours of its own past that it is compared with',
    }),
    messagesPerMinute: orNull(Type.Number({ minimum: 0 })),
    usualMessagesPerMinute: orNull(Type.Number({ minimum: 0 })),
    duplicateShare: orNull(Share),
    usualDuplicateShare: orNull(Share),
    rejectShare: orNull(Share),
    usualRejectShare: orNull(Share),
    delay: orNull(
      Type.Object(
        { events: Count, lowSeconds: Seconds, medianSeconds: Seconds, highSeconds: Seconds },
        {
          description:
            'Receipt less the time of the event in the last quarter of an hour: a tenth lie below low, a tenth above high; below 0 where its clock is ahead',
        },
      ),
    ),
    usualDelaySeconds: orNull(Seconds),
    kafka: Type.Array(
      Type.Object({ topic: Type.String(), partition: Count, lag: orNull(Count), isPaused: Type.Boolean() }),
      {
        description:
          'Partitions of it that this process reads, each with the messages that are not stored yet',
      },
    ),
  },
  { $id: 'ProviderHealth' },
);
export type ProviderHealth = Static<typeof ProviderHealth>;
