import type { OutageSummary } from '@lastgasp/model';
import { describe, expect, it } from 'vitest';
import { OutageStream, type OutageStreamSource } from './outage-stream.ts';
import type { StreamSink } from './stream-client.ts';

/** A sink that keeps what it was sent. */
function createSink(): StreamSink & { readonly text: () => string; readonly ended: Promise<void> } {
  let text = '';
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    write: (more) => {
      text += more;
    },
    bufferedBytes: () => 0,
    end: () => end(),
    onClose: (act) => void ended.then(act),
    text: () => text,
    ended,
  };
}

const source = (changed: number): OutageStreamSource => ({
  readRange: async () => ({ oldest: 1, newest: changed }),
  listRevisions: async () => [],
  listToResume: async (_after, limit) =>
    Array.from({ length: Math.min(changed, limit) }, (_, index) => ({
      revision: index + 1,
      outageNumber: index + 1,
    })),
  listOutages: async (numbers) => numbers.map((number) => ({ number, revision: number }) as OutageSummary),
});

describe('the live stream', () => {
  it('says reset where more was missed than loading afresh would send', async () => {
    const stream = new OutageStream(source(11), { onError: () => undefined, maxResumed: 10 });
    const sink = createSink();
    await stream.join(sink, 1, async () => true);
    expect(sink.text()).toBe('id: 11\nevent: reset\ndata: {"revision":11,"reason":"too-much-missed"}\n\n');
    const within = createSink();
    await new OutageStream(source(10), { onError: () => undefined, maxResumed: 10 }).join(
      within,
      0,
      async () => true,
    );
    expect(within.text().match(/event: outage/g)).toHaveLength(10);
    expect(within.text()).toMatch(/id: 10\nevent: ready\ndata: \{"revision":10\}\n\n$/);
  });

  it('ends for a client whose key is no longer good, and beats on for the others', async () => {
    const stream = new OutageStream(source(0), { onError: () => undefined, heartbeatMs: 5 });
    stream.start();
    const revoked = createSink();
    const good = createSink();
    await stream.join(revoked, null, async () => false);
    await stream.join(good, null, async () => true);
    await revoked.ended;
    await expect.poll(() => good.text()).toContain('event: heartbeat');
    await expect.poll(() => stream.size).toBe(1);
    await stream.stop();
    expect(stream.size).toBe(0);
  });

  it('keeps a client whose key cannot be looked up just now', async () => {
    const stream = new OutageStream(source(0), { onError: () => undefined, heartbeatMs: 5 });
    stream.start();
    const sink = createSink();
    await stream.join(sink, null, () => Promise.reject(new Error('the database is away')));
    await expect.poll(() => sink.text()).toContain('event: heartbeat');
    expect(stream.size).toBe(1);
    await stream.stop();
  });

  it('takes no more clients than it has room for, and ends one that it cannot tell what was missed', async () => {
    const errors: unknown[] = [];
    const away: OutageStreamSource = { ...source(0), readRange: () => Promise.reject(new Error('away')) };
    const stream = new OutageStream(away, { onError: (error) => errors.push(error), maxClients: 1 });
    const sink = createSink();
    const joining = stream.join(sink, null, async () => true);
    expect(stream.hasRoom).toBe(false);
    await joining;
    await sink.ended;
    await expect.poll(() => stream.hasRoom).toBe(true);
    expect(errors).toHaveLength(1);
  });

  it('tells what opens right after a client joined, also where the stream had not begun to read by then', async () => {
    let newest = 1;
    const stream = new OutageStream(
      {
        ...source(0),
        readRange: async () => {
          const range = { oldest: 1, newest };
          // Slow enough for an outage to open before it is read from where on to tell.
          await new Promise((resolve) => setTimeout(resolve, 20));
          return range;
        },
        listRevisions: async (after) => (newest > after ? [{ revision: newest, outageNumber: newest }] : []),
      },
      { onError: () => undefined, pollMs: 5 },
    );
    const sink = createSink();
    await stream.join(sink, null, async () => true);
    newest = 2;
    stream.start();
    await expect.poll(() => sink.text()).toContain('id: 2\nevent: outage');
    await stream.stop();
  });
});
