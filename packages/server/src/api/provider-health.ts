import { PROVIDERS, type ProviderHealth } from '@lastgasp/model';
import type { KafkaSourceState } from '../kafka/kafka-source.ts';
import type { StoredHealth } from '../store/queries/health/read-provider-health.ts';

/** Where messages are read from Kafka: what this process reads, and which provider each topic is of. */
export interface KafkaReading {
  readonly state: () => KafkaSourceState | null;
  readonly topics: Readonly<Record<ProviderHealth['provider'], string>>;
}

/** How the four providers do, as the API and the command tell it. */
export function toProviderHealth(
  stored: readonly StoredHealth[],
  now: Date,
  kafka: KafkaReading | null,
): ProviderHealth[] {
  const partitions = kafka?.state()?.partitions ?? [];
  return PROVIDERS.map((provider) => {
    const health = stored.find(({ source }) => source === provider.replace('-', '_'));
    const { figures = null, lastReceivedAt = null, measuredAt = null, conditions = [] } = health ?? {};
    return {
      provider,
      measuredAt: measuredAt?.toISOString() ?? null,
      conditions: conditions.map((condition) => ({ ...condition })),
      lastReceivedAt: lastReceivedAt?.toISOString() ?? null,
      silenceSeconds:
        lastReceivedAt === null ? null : Math.max(0, (now.getTime() - lastReceivedAt.getTime()) / 1000),
      usualSilenceSeconds: figures?.usualSilenceSeconds ?? null,
      silentAfterSeconds: figures?.silentAfterSeconds ?? null,
      comparableHours: figures?.comparableHours ?? 0,
      messagesPerMinute: figures?.messagesPerMinute ?? null,
      usualMessagesPerMinute: figures?.usualMessagesPerMinute ?? null,
      duplicateShare: figures?.duplicateShare ?? null,
      usualDuplicateShare: figures?.usualDuplicateShare ?? null,
      rejectShare: figures?.rejectShare ?? null,
      usualRejectShare: figures?.usualRejectShare ?? null,
      delay: figures?.delay ?? null,
      usualDelaySeconds: figures?.usualDelaySeconds ?? null,
      kafka: partitions
        .filter(({ topic }) => topic === kafka?.topics[provider])
        .map(({ topic, partition, lag, isPaused }) => ({ topic, partition, lag, isPaused })),
    };
  });
}
