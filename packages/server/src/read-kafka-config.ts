import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { PROVIDERS, type Provider } from '@lastgasp/model';
import type { ConfigError } from './config.ts';

/** Mechanisms by which a broker may ask who connects. */
export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

/** Where a gateway hands messages: to the database, onto the topics, or to both. */
export const GATEWAY_TARGETS = ['database', 'kafka', 'both'] as const;
export type GatewayTarget = (typeof GATEWAY_TARGETS)[number];

/** How Kafka is reached and read. */
export interface KafkaConfig {
  /** `host:port` of some brokers; empty means that there is no Kafka. */
  readonly brokers: readonly string[];
  /** The topic of each provider. */
  readonly topics: Readonly<Record<Provider, string>>;
  /** The consumer group that processes share the partitions in. */
  readonly group: string;
  /** Name of this process in the group, kept over its restarts (static membership); null means a new one each time. */
  readonly instance: string | null;
  /** Null where connections are not encrypted. */
  readonly tls: KafkaTls | null;
  /** Null where brokers do not ask who connects. */
  readonly sasl: KafkaSasl | null;
  readonly gatewayTarget: GatewayTarget;
}

/** Absolute paths of PEM files. */
export interface KafkaTls {
  /** Authorities that the brokers' certificates are checked with; null means those that Node brings. */
  readonly caFile: string | null;
  /** Certificate and key that this process shows; null where the brokers ask for none. */
  readonly certificate: { readonly certificateFile: string; readonly keyFile: string } | null;
}

export interface KafkaSasl {
  readonly mechanism: SaslMechanism;
  readonly username: string;
  /** The password itself, or the absolute path of the file whose first line it is. */
  readonly password: { readonly text: string } | { readonly file: string };
}

/** Reads one variable: `fallback` where it is not set, and a `ConfigError` noted where it cannot be used. */
export type ReadVariable = <T>(
  variable: string,
  fallback: T,
  allowed: string,
  parse: (value: string) => T | undefined,
) => T;

const TOPIC_VARIABLES: Readonly<Record<Provider, { readonly variable: string; readonly fallback: string }>> =
  {
    scada: { variable: 'KAFKA_TOPIC_SCADA', fallback: 'scada-outage-topic' },
    onu: { variable: 'KAFKA_TOPIC_ONU', fallback: 'onu-events-topic' },
    kaifa: { variable: 'KAFKA_TOPIC_KAIFA', fallback: 'hes-kaifa-outage-topic' },
    'call-center': { variable: 'KAFKA_TOPIC_CALL_CENTER', fallback: 'call_center_upstream_topic' },
  };

/** Everything about Kafka that the environment decides; what cannot be used, alone or together, goes into `errors`. */
export function readKafkaConfig(read: ReadVariable, errors: ConfigError[]): KafkaConfig {
  const brokers = read<readonly string[]>(
    'KAFKA_BROKERS',
    [],
    'host:port of each broker, separated by commas, such as kafka-1:9092,kafka-2:9092',
    parseBrokers,
  );
  const gatewayTarget = read<GatewayTarget>(
    'LASTGASP_GATEWAY',
    'database',
    `one of ${GATEWAY_TARGETS.join(', ')}`,
    (value) => GATEWAY_TARGETS.find((target) => target === value),
  );
  if (gatewayTarget !== 'database' && brokers.length === 0) {
    errors.push({
      variable: 'LASTGASP_GATEWAY',
      value: gatewayTarget,
      allowed: 'only database while KAFKA_BROKERS is not set',
    });
  }
  return Object.freeze({
    brokers: Object.freeze(brokers),
    topics: Object.freeze(readTopics(read, errors)),
    group: read('KAFKA_GROUP', 'lastgasp', 'a name without spaces', parseWord),
    instance: read<string | null>('KAFKA_GROUP_INSTANCE', null, 'a name without spaces', parseWord),
    tls: readTls(read, errors),
    sasl: readSasl(read, errors),
    gatewayTarget,
  });
}

/** Host and port of `host:port`; the brackets of an IPv6 address are taken off. */
export function splitBroker(broker: string): { readonly host: string; readonly port: number } {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(broker.slice(colon + 1)) };
}

/** RFC 1123, and the underscore that container networks use. */
export function isHostName(value: string): boolean {
  if (isIP(value) !== 0) return true;
  return value.length <= 253 && /^[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?$/i.test(value);
}

export function parsePort(value: string): number | undefined {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  return port <= 65_535 ? port : undefined;
}

/** Two providers on one topic could not be told apart, so equal names are refused. */
function readTopics(read: ReadVariable, errors: ConfigError[]): Record<Provider, string> {
  const topics = {} as Record<Provider, string>;
  const variableOfTopic = new Map<string, string>();
  for (const provider of PROVIDERS) {
    const { variable, fallback } = TOPIC_VARIABLES[provider];
    const topic = read(
      variable,
      fallback,
      'a topic name of at most 249 letters, digits, dots, underscores and hyphens',
      (value) => (isTopicName(value) ? value : undefined),
    );
    const other = variableOfTopic.get(topic);
    if (other !== undefined) errors.push({ variable, value: topic, allowed: `another topic than ${other}` });
    variableOfTopic.set(topic, variable);
    topics[provider] = topic;
  }
  return topics;
}

function readTls(read: ReadVariable, errors: ConfigError[]): KafkaTls | null {
  const isOn = read<boolean | null>('KAFKA_TLS', null, 'on or off', (value) =>
    value === 'on' ? true : value === 'off' ? false : undefined,
  );
  const caFile = readPath(read, 'KAFKA_TLS_CA');
  const certificateFile = readPath(read, 'KAFKA_TLS_CERT');
  const keyFile = readPath(read, 'KAFKA_TLS_KEY');
  if ((certificateFile === null) !== (keyFile === null)) {
    const [variable, other] =
      certificateFile === null ? ['KAFKA_TLS_KEY', 'KAFKA_TLS_CERT'] : ['KAFKA_TLS_CERT', 'KAFKA_TLS_KEY'];
    errors.push({
      variable,
      value: certificateFile ?? keyFile ?? '',
      allowed: `only together with ${other}`,
    });
  }
  const named = [caFile, certificateFile, keyFile].find((file) => file !== null);
  if (isOn === false && named !== undefined) {
    errors.push({ variable: 'KAFKA_TLS', value: 'off', allowed: 'on where KAFKA_TLS_… name files' });
  }
  if (isOn !== true && named === undefined) return null;
  return Object.freeze({
    caFile,
    certificate: certificateFile === null || keyFile === null ? null : { certificateFile, keyFile },
  });
}

function readSasl(read: ReadVariable, errors: ConfigError[]): KafkaSasl | null {
  const mechanism = read<SaslMechanism | null>(
    'KAFKA_SASL_MECHANISM',
    null,
    `one of ${SASL_MECHANISMS.join(', ')}`,
    (value) => SASL_MECHANISMS.find((one) => one === value),
  );
  const username = read('KAFKA_SASL_USERNAME', '', 'a name', (value) => value);
  const text = read('KAFKA_SASL_PASSWORD', '', 'a password', (value) => value);
  const file = readPath(read, 'KAFKA_SASL_PASSWORD_FILE');
  if (mechanism === null) return null;
  // The value of a password is never told.
  if (username === '') {
    errors.push({
      variable: 'KAFKA_SASL_USERNAME',
      value: '',
      allowed: 'a name, since KAFKA_SASL_MECHANISM is set',
    });
  }
  if ((text === '') === (file === null)) {
    errors.push({
      variable: 'KAFKA_SASL_PASSWORD',
      value: text === '' ? '' : '***',
      allowed: 'either this or KAFKA_SASL_PASSWORD_FILE, since KAFKA_SASL_MECHANISM is set',
    });
  }
  return Object.freeze({ mechanism, username, password: file === null ? { text } : { file } });
}

function readPath(read: ReadVariable, variable: string): string | null {
  return read<string | null>(variable, null, 'the path of a file', (value) =>
    value.includes('\0') ? undefined : resolve(value),
  );
}

function parseBrokers(value: string): readonly string[] | undefined {
  const brokers = value.split(',').map((broker) => broker.trim());
  return brokers.every(isBroker) ? brokers : undefined;
}

function isBroker(broker: string): boolean {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(broker);
  if (match === null) return false;
  const port = parsePort(match[3] ?? '');
  const isHost = match[1] === undefined ? isHostName(match[2] ?? '') : isIP(match[1]) === 6;
  return isHost && port !== undefined && port > 0;
}

function isTopicName(value: string): boolean {
  return /^[A-Za-z0-9._-]{1,249}$/.test(value) && value !== '.' && value !== '..';
}

const parseWord = (value: string): string | undefined => (/^\S{1,249}$/.test(value) ? value : undefined);
