import { type Consumer, findErrorBy } from '@platformatic/kafka';

/** What the cluster says of one topic. */
export interface TopicState {
  /** A UUID that changes when the topic is made anew; all zeros from brokers that give none. */
  readonly id: string;
  readonly partitions: number;
}

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Those of `topics` that the cluster has, by name. Throws where no broker answers. */
export async function readTopics(
  client: Consumer,
  topics: readonly string[],
): Promise<ReadonlyMap<string, TopicState>> {
  const present = new Map<string, TopicState>();
  for (const topic of topics) {
    const state = await readTopic(client, topic);
    if (state !== null) present.set(topic, state);
  }
  return present;
}

async function readTopic(client: Consumer, topic: string): Promise<TopicState | null> {
  try {
    const metadata = await client.metadata({ topics: [topic], forceUpdate: true, retries: 0 });
    const found = metadata.topics.get(topic);
    if (found === undefined || found.partitionsCount === 0) return null;
    return { id: topicIdOf(found.id), partitions: found.partitionsCount };
  } catch (error) {
    // The client's word for a topic that no broker knows.
    const unknown = findErrorBy(error as Error, 'code', 'PLT_KFK_USER');
    if (unknown !== null && /^Unknown topic /.test(unknown.message)) return null;
    throw error;
  }
}

/** Brokers before 2.8 give no id, for which the client puts the name. */
export const topicIdOf = (id: string): string =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) ? id : NO_ID;

/** Whether two looks at the cluster say the same: the same topics, none made anew, none with more partitions. */
export function isSameTopics(
  before: ReadonlyMap<string, TopicState>,
  after: ReadonlyMap<string, TopicState>,
): boolean {
  if (before.size !== after.size) return false;
  return [...before].every(([topic, { id, partitions }]) => {
    const now = after.get(topic);
    return now !== undefined && now.id === id && now.partitions === partitions;
  });
}
