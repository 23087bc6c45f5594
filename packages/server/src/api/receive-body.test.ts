import { PassThrough, Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { receiveBody } from './receive-body.ts';

const MEGABYTE = 1024 * 1024;

test('a body of as many bytes as the limit is whole', async () => {
  const body = await receiveBody(Readable.from([Buffer.from('abc'), Buffer.from('de')]), 5);
  expect([body.bytes.toString(), body.sentBytes]).toEqual(['abcde', 5]);
});

test('of a larger one the first bytes are kept, and all of it is counted', async () => {
  const body = await receiveBody(Readable.from([Buffer.from('abc'), Buffer.from('defgh')]), 5);
  expect([body.bytes.toString(), body.sentBytes]).toEqual(['abcde', 8]);
});

test('a sender that goes on and on is not waited for, and no more of it is read', async () => {
  let given = 0;
  const endless = new Readable({
    read() {
      given++;
      this.push(Buffer.alloc(MEGABYTE));
    },
  });
  const body = await receiveBody(endless, MEGABYTE);
  expect([body.bytes.length, body.sentBytes]).toEqual([MEGABYTE, null]);
  const readSoFar = given;
  await turn();
  expect(given - readSoFar).toBeLessThanOrEqual(1);
  expect(readSoFar).toBeLessThan(25);
});

test('a sender that goes away in the middle has sent no message', async () => {
  const broken = new PassThrough();
  const body = receiveBody(broken, 5);
  broken.write('ab');
  broken.destroy();
  await expect(body).rejects.toMatchObject({ statusCode: 400 });
});
