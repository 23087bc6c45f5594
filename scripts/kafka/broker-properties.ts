/** Where a broker listens, on loopback only. */
export interface BrokerPorts {
  readonly plain: number;
  readonly controller: number;
  /** TLS, and TLS with a name and a password; null where the broker has neither. */
  readonly secure: { readonly tls: number; readonly saslTls: number } | null;
}

/** Names and passwords of a broker with secure listeners: for tests on loopback, and no secret. */
export const BROKER_USER = { username: 'lastgasp', password: 'only for tests' } as const;
export const KEYSTORE_PASSWORD = 'only-for-tests';

export interface BrokerFiles {
  readonly logFolder: string;
  readonly keystore: string;
}

/**
 * The server.properties of one broker that is its own controller: small in memory and threads, every internal topic with one
 * partition and one copy. No topic is made by itself.
 */
export function brokerProperties(ports: BrokerPorts, { logFolder, keystore }: BrokerFiles): string {
  const { plain, controller, secure } = ports;
  const listeners = [`PLAINTEXT://127.0.0.1:${plain}`];
  if (secure !== null) {
    listeners.push(`SSL://127.0.0.1:${secure.tls}`, `SASL_SSL://127.0.0.1:${secure.saslTls}`);
  }
  return lines({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: [...listeners, `CONTROLLER://127.0.0.1:${controller}`].join(','),
    'advertised.listeners': listeners.join(','),
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': logFolder,
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'num.network.threads': 1,
    'num.io.threads': 2,
    'background.threads': 2,
    'group.coordinator.threads': 1,
    'log.cleaner.dedupe.buffer.size': 2 * 1024 * 1024,
    'log.retention.check.interval.ms': 1000,
    'log.initial.task.delay.ms': 1000,
    ...internalTopics('offsets.topic', 'offsets.topic.num.partitions'),
    ...internalTopics('transaction.state.log', 'transaction.state.log.num.partitions'),
    ...internalTopics('share.coordinator.state.topic', 'share.coordinator.state.topic.num.partitions'),
    ...(secure === null ? {} : secureProperties(keystore)),
  });
}

function internalTopics(prefix: string, partitions: string): Record<string, number> {
  const least = prefix === 'offsets.topic' ? {} : { [`${prefix}.min.isr`]: 1 };
  return { [`${prefix}.replication.factor`]: 1, [partitions]: 1, ...least };
}

function secureProperties(keystore: string): Record<string, string> {
  const { username, password } = BROKER_USER;
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`;
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  return {
    'ssl.keystore.location': keystore,
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.password': KEYSTORE_PASSWORD,
    'ssl.key.password': KEYSTORE_PASSWORD,
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.sasl_ssl.plain.sasl.jaas.config': plain,
    'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': scram,
  };
}

function lines(properties: Readonly<Record<string, string | number | boolean>>): string {
  return `${Object.entries(properties)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
}
