import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLog } from './log.ts';

const PHONE = '0791234556';
const ADDRESS = 'Rainbow Street 12';

function written(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  const to = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  write(createLog('trace', to));
  return lines.join('');
}

describe('the log', () => {
  it('never shows what a caller said of himself', () => {
    const text = written((log) => {
      log.info({ phone: PHONE, address: ADDRESS, customer: { phone: PHONE } }, 'a call');
      log.info({ ticket: { phone: PHONE, address: ADDRESS, notes: PHONE } }, 'a ticket');
      log.info({ body: `{"phone":"${PHONE}"}`, payload: PHONE, authorization: 'Bearer lgk_x' }, 'a message');
    });
    expect(text).toContain('a ticket');
    expect(text).not.toContain(PHONE);
    expect(text).not.toContain(ADDRESS);
    expect(text).not.toContain('lgk_x');
  });

  it('leaves out the rows that PostgreSQL quotes with an error', () => {
    const refused = Object.assign(new Error(`invalid input syntax for type integer: "${PHONE}"`), {
      code: '22P02',
      detail: `Failing row contains (${PHONE}, ${ADDRESS}).`,
      where: `COPY tickets, line 1: "${PHONE}"`,
    });
    const text = written((log) => log.error({ err: new Error('not stored', { cause: refused }) }, 'failed'));
    expect(text).toContain('22P02');
    expect(text).toContain('not stored');
    expect(text).not.toContain(PHONE);
    expect(text).not.toContain(ADDRESS);
  });

  it('writes what an operator of the consumers looks for as it is', () => {
    const text = written((log) =>
      log.info({ total: 12, offline: 3, online: 9 }, 'SCADA meter check results'),
    );
    expect(JSON.parse(text)).toMatchObject({
      level: 'info',
      total: 12,
      offline: 3,
      msg: 'SCADA meter check results',
    });
  });
});
