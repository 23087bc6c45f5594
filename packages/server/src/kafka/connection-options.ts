import { readFile } from 'node:fs/promises';
import type { BaseOptions } from '@platformatic/kafka';
import { type KafkaConfig, type KafkaSasl, type KafkaTls, splitBroker } from '../read-kafka-config.ts';

/** How every client of this process connects: where to, how encrypted, as whom. */
export type ConnectionOptions = Pick<
  BaseOptions,
  'clientId' | 'bootstrapBrokers' | 'connectTimeout' | 'requestTimeout' | 'metadataMaxAge' | 'tls' | 'sasl'
>;

const CONNECT_WITHIN_MS = 5_000;
/** Longer than a broker holds a request that waits for messages or for the others of a group. */
const ANSWER_WITHIN_MS = 30_000;
/** How old what is known of topics and leaders may be; what a broker refuses is asked anew at once. */
const METADATA_AGE_MS = 60_000;

/** The options that `config` asks for, with the files it names read. Throws where one of them cannot be read. */
export async function connectionOptions(config: KafkaConfig, clientId: string): Promise<ConnectionOptions> {
  return {
    clientId,
    bootstrapBrokers: config.brokers.map(splitBroker),
    connectTimeout: CONNECT_WITHIN_MS,
    requestTimeout: ANSWER_WITHIN_MS,
    metadataMaxAge: METADATA_AGE_MS,
    ...(config.tls === null ? {} : { tls: await tlsOptions(config.tls) }),
    ...(config.sasl === null ? {} : { sasl: await saslOptions(config.sasl) }),
  };
}

async function tlsOptions({ caFile, certificate }: KafkaTls): Promise<NonNullable<BaseOptions['tls']>> {
  return {
    minVersion: 'TLSv1.2',
    ...(caFile === null ? {} : { ca: await readFile(caFile) }),
    ...(certificate === null
      ? {}
      : { cert: await readFile(certificate.certificateFile), key: await readFile(certificate.keyFile) }),
  };
}

async function saslOptions({
  mechanism,
  username,
  password,
}: KafkaSasl): Promise<NonNullable<BaseOptions['sasl']>> {
  // Only the line end that an editor adds is no part of the password.
  const text = 'text' in password ? password.text : (await readFile(password.file, 'utf8')).split(/\r?\n/)[0];
  return { mechanism, username, password: text ?? '' };
}
