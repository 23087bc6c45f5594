import type { Queryable } from '../queryable.ts';

/** Where a partition of a topic is read next. */
export interface SourcePosition {
  readonly topic: string;
  readonly partition: number;
  /** The broker's id of the topic, a UUID; another one means a topic of the same name that was made anew. */
  readonly topicId: string;
  readonly nextOffset: bigint;
}

/** The stored position of a partition; null where it was never read. */
export async function readSourcePosition(
  client: Queryable,
  topic: string,
  partition: number,
): Promise<SourcePosition | null> {
  const { rows } = await client.query<{ topic_id: string; next_offset: string }>(
    'select topic_id, next_offset from oms_source_positions where topic = $1 and partition = $2',
    [topic, partition],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return { topic, partition, topicId: row.topic_id, nextOffset: BigInt(row.next_offset) };
}

/** Stores where a partition begins to be read, where nobody has yet. */
export async function beginSourcePosition(client: Queryable, position: SourcePosition): Promise<void> {
  await client.query(
    `insert into oms_source_positions (topic, partition, topic_id, next_offset) values ($1, $2, $3, $4)
     on conflict (topic, partition) do nothing`,
    [position.topic, position.partition, position.topicId, position.nextOffset.toString()],
  );
}

/**
 * Moves a position on, only where it still is the one given: false says that somebody else has moved it. The row stays locked
 * until the end of the transaction, so that of two who read the same messages the second one waits and is then refused.
 */
export async function moveSourcePosition(
  client: Queryable,
  from: SourcePosition,
  nextOffset: bigint,
): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'move-source-position',
    text: `update oms_source_positions set next_offset = $5, updated_at = now()
           where topic = $1 and partition = $2 and topic_id = $3 and next_offset = $4`,
    values: [from.topic, from.partition, from.topicId, from.nextOffset.toString(), nextOffset.toString()],
  });
  return rowCount === 1;
}

/**
 * Begins again at another place, of the same topic or of one that was made anew, only where the position still is the one
 * given. `passedOver` counts the messages that the broker does not have any more.
 */
export async function restartSourcePosition(
  client: Queryable,
  from: SourcePosition,
  {
    topicId,
    nextOffset,
    passedOver,
  }: Pick<SourcePosition, 'topicId' | 'nextOffset'> & { passedOver: bigint },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update oms_source_positions set topic_id = $5, next_offset = $6, passed_over = passed_over + $7, restarts = restarts + 1,
       updated_at = now()
     where topic = $1 and partition = $2 and topic_id = $3 and next_offset = $4`,
    [
      from.topic,
      from.partition,
      from.topicId,
      from.nextOffset.toString(),
      topicId,
      nextOffset.toString(),
      passedOver.toString(),
    ],
  );
  return rowCount === 1;
}
