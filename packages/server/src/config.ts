import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { err, ok, type Result } from '@lastgasp/model';
import {
  isHostName,
  type KafkaConfig,
  parsePort,
  type ReadVariable,
  readKafkaConfig,
} from './read-kafka-config.ts';

/** How much the log tells; pino's words. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Everything that the environment decides; read once at start and never again. */
export interface Config {
  /** A PostgreSQL 15 or newer of one's own; null means the embedded server. */
  readonly databaseUrl: string | null;
  /** Absolute path of the folder that holds the embedded database and everything else that is kept. */
  readonly dataFolder: string;
  /** TCP port of the HTTP server; 0 takes any free one. */
  readonly port: number;
  /** Address the HTTP server listens on. */
  readonly host: string;
  readonly kafka: KafkaConfig;
  /** IANA name of the zone that a provider's zoneless times are in. */
  readonly siteTimeZone: string;
  /** Absolute path of a file that replaces numbers of the policy; null means the start policy. */
  readonly policyFile: string | null;
  readonly logLevel: LogLevel;
}

/** One variable that cannot be used, and what it may be; a password in the value is masked. */
export interface ConfigError {
  readonly variable: string;
  readonly value: string;
  readonly allowed: string;
}

/** The sentence an operator reads about a wrong variable. */
export function describeConfigError(error: ConfigError): string {
  return `${error.variable}=${JSON.stringify(error.value)} cannot be used: ${error.allowed}`;
}

const REPOSITORY_ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/**
 * The environment as one frozen `Config`, or every wrong variable at once. A variable that is set to nothing
 * counts as not set. `LASTGASP_DATA` is taken from the working directory when relative; its default is
 * `.lastgasp` in the clone, wherever the command is called from.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Result<Config, ConfigError[]> {
  const errors: ConfigError[] = [];

  const read: ReadVariable = (variable, fallback, allowed, parse) => {
    const value = env[variable]?.trim();
    if (value === undefined || value === '') return fallback;
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    errors.push({ variable, value: maskPassword(value), allowed });
    return fallback;
  };

  const config: Config = {
    databaseUrl: read<string | null>(
      'DATABASE_URL',
      null,
      'a PostgreSQL address such as postgres://user:password@host:5432/database',
      parseDatabaseUrl,
    ),
    dataFolder: read(
      'LASTGASP_DATA',
      resolve(REPOSITORY_ROOT, '.lastgasp'),
      'the path of a folder',
      (value) => (value.includes('\0') ? undefined : resolve(value)),
    ),
    port: read('PORT', 8080, 'a whole number from 0 (any free port) to 65535', parsePort),
    host: read('HOST', '127.0.0.1', 'an IP address or a host name', (value) =>
      isHostName(value) ? value : undefined,
    ),
    kafka: readKafkaConfig(read, errors),
    siteTimeZone: read(
      'LASTGASP_SITE_TIMEZONE',
      'Asia/Amman',
      'the IANA name of a time zone, such as Asia/Amman',
      (value) => (isTimeZone(value) ? value : undefined),
    ),
    policyFile: read<string | null>('LASTGASP_POLICY', null, 'the path of a JSON file', (value) =>
      value.includes('\0') ? undefined : resolve(value),
    ),
    logLevel: read<LogLevel>('LASTGASP_LOG_LEVEL', 'info', `one of ${LOG_LEVELS.join(', ')}`, (value) =>
      LOG_LEVELS.find((level) => level === value),
    ),
  };

  if (errors.length > 0) return err(errors);
  return ok(Object.freeze(config));
}

function parseDatabaseUrl(value: string): string | undefined {
  if (!/^postgres(ql)?:\/\//.test(value)) return undefined;
  // A socket's address may have no host (postgres://user@/name?host=/run/postgresql), which URL refuses.
  return URL.canParse(value.replace('@/', '@localhost/')) ? value : undefined;
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return /^[A-Za-z]/.test(value);
  } catch {
    return false;
  }
}

function maskPassword(value: string): string {
  return value.replace(/(:\/\/[^:/@\s]*:)[^@\s]*@/, '$1***@');
}
