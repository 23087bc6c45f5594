import type { Provider } from '@lastgasp/model';
import type { InboundMessage, Receipt, SetAside } from '../ingest/inbound-message.ts';
import { readMessage } from '../ingest/providers/read-message.ts';
import type { ReadMessage } from '../ingest/providers/set-aside.ts';
import { toDeadLetter } from '../ingest/to-dead-letter.ts';
import type { KafkaConfig } from '../read-kafka-config.ts';
import type { NewDeadLetter } from '../store/queries/dead-letters/insert-dead-letters.ts';
import { type OutboundMessage, PublishTooLarge } from './topic-publisher.ts';
import { intakeOf, writeEventEnvelope, writeRequestEnvelope } from './write-envelope.ts';

/** What takes messages into the database; `IngestQueue` does. */
export interface DirectReceiver {
  readonly receive: (message: InboundMessage) => Promise<Receipt>;
  readonly setAside: (letter: NewDeadLetter) => Promise<number>;
}

export interface PublishingReceiverOptions {
  readonly target: 'kafka' | 'both';
  readonly topics: KafkaConfig['topics'];
  readonly direct: DirectReceiver;
  readonly publisher: { readonly publish: (message: OutboundMessage) => Promise<void> };
  /** Told of a message that the brokers find too large, which is taken directly. */
  readonly onTooLarge: (provider: Provider) => void;
}

/**
 * A gateway's receiver that puts what can be read on the provider's topic, in the envelope that is used there. With the target
 * `both` it is in the database before; with `kafka` whoever reads the topic stores it. What cannot be read is set aside at once
 * either way, so that its sender is told.
 */
export class PublishingReceiver implements DirectReceiver {
  readonly #options: PublishingReceiverOptions;

  constructor(options: PublishingReceiverOptions) {
    this.#options = options;
  }

  setAside(letter: NewDeadLetter): Promise<number> {
    return this.#options.direct.setAside(letter);
  }

  async receive(message: InboundMessage): Promise<Receipt> {
    const { target, direct, publisher } = this.#options;
    const { provider, body, sender } = message;
    const read = readMessage(provider, body, sender === undefined ? {} : { source: sender });
    // Nothing to publish: the reasons and the dead letters are those of every gateway.
    if (read.events.length === 0) return direct.receive(message);
    const outbound = this.#outboundOf(message, read);
    const taken = target === 'both' ? await direct.receive(message) : null;
    try {
      await Promise.all(outbound.map((one) => publisher.publish(one)));
    } catch (error) {
      if (!(error instanceof PublishTooLarge)) throw error;
      this.#options.onTooLarge(provider);
      return taken ?? direct.receive(message);
    }
    const published = { events: read.events.length, tickets: ticketsOf(provider, read) };
    return { ...(taken ?? { events: [], rejected: await this.#setAsideAll(message, read) }), published };
  }

  /** A head-end's message goes on as it came, where all of it can be read; else each event goes alone. */
  #outboundOf(message: InboundMessage, read: ReadMessage): OutboundMessage[] {
    const { provider, body, receivedAt } = message;
    const topic = this.#options.topics[provider];
    const context = { topic, receivedAt };
    const [subject = ''] = read.subjects;
    if (provider === 'kaifa' && read.rejected.length === 0) {
      return [
        { topic, key: subject, value: writeRequestEnvelope(textOf(body), '/api/ingest/kaifa', context) },
      ];
    }
    return read.events.map((json, index) => ({
      topic,
      key: read.subjects[index] ?? subject,
      value: writeEventEnvelope(provider, json, context),
    }));
  }

  async #setAsideAll(message: InboundMessage, read: ReadMessage): Promise<SetAside[]> {
    return Promise.all(
      read.rejected.map(async ({ payload, rejection }) => ({
        rejection,
        deadLetterId: await this.setAside(toDeadLetter(message, payload, rejection)),
      })),
    );
  }
}

function ticketsOf(provider: Provider, { events }: ReadMessage) {
  if (provider !== 'call-center') return [];
  return events.map((json) => {
    const { ticketId, intake } = JSON.parse(json) as {
      ticketId: string;
      intake?: { intakeId?: string; omsEventId?: string } | null;
    };
    const own = intakeOf(ticketId);
    return {
      ticketId,
      intakeId: intake?.intakeId || own.intakeId,
      omsEventId: intake?.omsEventId || own.omsEventId,
    };
  });
}

function textOf(body: InboundMessage['body']): string {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? Buffer.from(body).toString() : JSON.stringify(body);
}
