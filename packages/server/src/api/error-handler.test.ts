import { OmsError } from '@lastgasp/model';
import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { IngestOverloaded, IngestUnavailable } from '../ingest/ingest-errors.ts';
import { handleError } from './error-handler.ts';

async function answerTo(error: unknown) {
  const app = fastify();
  app.setErrorHandler(handleError);
  app.get('/', () => {
    throw error;
  });
  const answer = await app.inject('/');
  return { status: answer.statusCode, retryAfter: answer.headers['retry-after'], problem: answer.json() };
}

const postgres = (code: string, more: object = {}) => Object.assign(new Error('refused'), { code, ...more });

describe('a failure as an answer', () => {
  it('tells a sender to wait while the queue is full', async () => {
    expect(await answerTo(new IngestOverloaded(3))).toMatchObject({
      status: 503,
      retryAfter: '3',
      problem: { code: 'OMS_OVERLOADED', retryable: true },
    });
  });

  it.each([
    ['ingest cannot write', new IngestUnavailable(new Error('closing'))],
    ['nobody listens', Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' })],
    ['the disk is full', postgres('53100')],
    ['no connection is left', postgres('53300')],
    ['it fails over and is read-only', postgres('25006')],
    ['it shuts down', postgres('57P01')],
    ['it starts up', postgres('57P03')],
    ['a statement took too long', postgres('57014')],
    ['a lock was not to be had', postgres('55P03')],
    ['it accepts no sessions', postgres('55000', { severity: 'FATAL' })],
    ['the connection broke', new Error('Connection terminated unexpectedly')],
    ['a wrapped error says so', new Error('not read', { cause: postgres('08006') })],
    ['every address was tried', new AggregateError([postgres('08001')])],
  ])('tells to come again where the database is away: %s', async (_title, error) => {
    const { status, retryAfter, problem } = await answerTo(error);
    expect([status, problem.code]).toEqual([503, 'OMS_DATABASE_AWAY']);
    expect(Number(retryAfter)).toBeGreaterThan(0);
  });

  it.each([
    ['a mistake in a statement', postgres('42P01')],
    ['a value out of range', postgres('22003')],
    ['a file that is missing', Object.assign(new Error('x'), { code: 'ENOENT', syscall: 'open' })],
    ['a mistake in the program', new TypeError('x is undefined at /home/somebody/secret.ts')],
    ['an error that never leaves the command line', new OmsError('OMS_PORT_TAKEN')],
    ['something that is no error', 'select 1'],
  ])('says nothing of the inside for %s', async (_title, error) => {
    const { status, retryAfter, problem } = await answerTo(error);
    expect([status, problem.code, retryAfter]).toEqual([500, 'OMS_INTERNAL', undefined]);
    expect(JSON.stringify(problem)).not.toMatch(/undefined|secret|select|refused/);
  });
});
