import { isAbsolute, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ConfigError, describeConfigError, readConfig } from './config.ts';

describe('the configuration read from the environment', () => {
  test('an empty environment gives the embedded database, loopback and the topics in use', () => {
    const config = configOf({});
    expect(config).toMatchObject({
      databaseUrl: null,
      port: 8080,
      host: '127.0.0.1',
      kafka: {
        brokers: [],
        topics: {
          scada: 'scada-outage-topic',
          onu: 'onu-events-topic',
          kaifa: 'hes-kaifa-outage-topic',
          'call-center': 'call_center_upstream_topic',
        },
        group: 'lastgasp',
        instance: null,
        tls: null,
        sasl: null,
        gatewayTarget: 'database',
      },
      siteTimeZone: 'Asia/Amman',
      logLevel: 'info',
    });
  });

  test('the data folder is .lastgasp of the clone, wherever the command is called from', () => {
    const before = process.cwd();
    process.chdir('/');
    try {
      expect(configOf({}).dataFolder).toBe(resolve(import.meta.dirname, '../../../.lastgasp'));
    } finally {
      process.chdir(before);
    }
  });

  test('a relative data folder is made absolute', () => {
    expect(isAbsolute(configOf({ LASTGASP_DATA: 'kept/here' }).dataFolder)).toBe(true);
  });

  test('a variable that is set to nothing counts as not set', () => {
    expect(configOf({ PORT: '', KAFKA_BROKERS: '  ', DATABASE_URL: '' })).toEqual(configOf({}));
  });

  test('brokers are split at commas and may be IPv6', () => {
    expect(configOf({ KAFKA_BROKERS: 'kafka-1:9092, 10.0.0.7:9093,[::1]:9092' }).kafka.brokers).toEqual([
      'kafka-1:9092',
      '10.0.0.7:9093',
      '[::1]:9092',
    ]);
  });

  test('a database address with an empty host names a socket and is taken', () => {
    const url = 'postgres://oms@/oms?host=/run/postgresql';
    expect(configOf({ DATABASE_URL: url }).databaseUrl).toBe(url);
  });

  test('nothing in it can be changed after the start', () => {
    const config = configOf({ KAFKA_BROKERS: 'kafka:9092' });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.kafka.brokers)).toBe(true);
    expect(Object.isFrozen(config.kafka.topics)).toBe(true);
  });

  test.each([
    ['DATABASE_URL', 'mysql://localhost/oms'],
    ['DATABASE_URL', 'localhost:5432'],
    ['PORT', '80a'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['HOST', 'not a host'],
    ['KAFKA_BROKERS', 'kafka'],
    ['KAFKA_BROKERS', 'kafka:9092,,'],
    ['KAFKA_BROKERS', 'kafka:0'],
    ['KAFKA_TOPIC_ONU', 'onu events'],
    ['KAFKA_TOPIC_KAIFA', '..'],
    ['KAFKA_GROUP', 'two words'],
    ['KAFKA_TLS', 'maybe'],
    ['KAFKA_SASL_MECHANISM', 'GSSAPI'],
    ['LASTGASP_GATEWAY', 'nowhere'],
    ['LASTGASP_GATEWAY', 'kafka'],
    ['LASTGASP_SITE_TIMEZONE', 'Mars/Olympus'],
    ['LASTGASP_SITE_TIMEZONE', '+03:00'],
    ['LASTGASP_LOG_LEVEL', 'loud'],
  ])('%s=%s is refused by name, with the value and what is allowed', (variable, value) => {
    const errors = errorsOf({ [variable]: value });
    expect(errors.map((error) => [error.variable, error.value])).toEqual([[variable, value]]);
    expect(describeConfigError(errors[0]!)).toMatch(new RegExp(`^${variable}=".*" cannot be used: .+`));
  });

  test('every wrong variable is told at once', () => {
    expect(
      errorsOf({ PORT: 'x', HOST: '/', LASTGASP_LOG_LEVEL: 'y' }).map((error) => error.variable),
    ).toEqual(['PORT', 'HOST', 'LASTGASP_LOG_LEVEL']);
  });

  test('two providers cannot share a topic', () => {
    expect(errorsOf({ KAFKA_TOPIC_ONU: 'scada-outage-topic' })).toEqual([
      {
        variable: 'KAFKA_TOPIC_ONU',
        value: 'scada-outage-topic',
        allowed: 'another topic than KAFKA_TOPIC_SCADA',
      },
    ]);
  });

  test('Kafka is reached encrypted and by name where the variables say so', () => {
    const { kafka } = configOf({
      KAFKA_BROKERS: 'kafka:9093',
      KAFKA_TLS_CA: '/etc/kafka/ca.pem',
      KAFKA_TLS_CERT: '/etc/kafka/me.pem',
      KAFKA_TLS_KEY: '/etc/kafka/me.key',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: 'lastgasp',
      KAFKA_SASL_PASSWORD_FILE: '/run/secrets/kafka',
      KAFKA_GROUP_INSTANCE: 'host-1',
      LASTGASP_GATEWAY: 'both',
    });
    expect(kafka).toMatchObject({
      instance: 'host-1',
      gatewayTarget: 'both',
      tls: {
        caFile: '/etc/kafka/ca.pem',
        certificate: { certificateFile: '/etc/kafka/me.pem', keyFile: '/etc/kafka/me.key' },
      },
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'lastgasp', password: { file: '/run/secrets/kafka' } },
    });
    expect(configOf({ KAFKA_TLS: 'on' }).kafka.tls).toEqual({ caFile: null, certificate: null });
    expect(configOf({ KAFKA_TLS: 'off' }).kafka.tls).toBeNull();
  });

  test.each([
    ['a certificate without its key', { KAFKA_TLS_CERT: '/a' }, 'KAFKA_TLS_CERT'],
    ['a key without its certificate', { KAFKA_TLS_KEY: '/a' }, 'KAFKA_TLS_KEY'],
    ['files of an encryption that is off', { KAFKA_TLS: 'off', KAFKA_TLS_CA: '/a' }, 'KAFKA_TLS'],
    [
      'a mechanism without a name',
      { KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_PASSWORD: 'secret' },
      'KAFKA_SASL_USERNAME',
    ],
    [
      'a mechanism without a password',
      { KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_USERNAME: 'a' },
      'KAFKA_SASL_PASSWORD',
    ],
    [
      'two passwords',
      {
        KAFKA_SASL_MECHANISM: 'PLAIN',
        KAFKA_SASL_USERNAME: 'a',
        KAFKA_SASL_PASSWORD: 'secret',
        KAFKA_SASL_PASSWORD_FILE: '/a',
      },
      'KAFKA_SASL_PASSWORD',
    ],
  ])('%s is refused, and no password is repeated', (_, env, variable) => {
    const errors = errorsOf(env as unknown as Record<string, string>);
    expect(errors.map((error) => error.variable)).toEqual([variable]);
    expect(JSON.stringify(errors)).not.toContain('secret');
  });

  test('the password of a refused address is not repeated', () => {
    expect(JSON.stringify(errorsOf({ DATABASE_URL: 'mysql://oms:secret@db/oms' }))).not.toContain('secret');
  });
});

function configOf(env: Record<string, string>) {
  const result = readConfig(env);
  if (!result.ok) throw new Error(result.error.map(describeConfigError).join('\n'));
  return result.value;
}

function errorsOf(env: Record<string, string>): ConfigError[] {
  const result = readConfig(env);
  if (result.ok) throw new Error('the environment was accepted');
  return result.error;
}
