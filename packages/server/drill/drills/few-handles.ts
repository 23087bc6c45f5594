import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';

/** Room for the senders' own connections, which stay. */
const HANDLES = 220;
const CONNECTIONS = 400;
const HELD_MS = 4_000;

/** A process that may open few files, and clients that open more connections than that. */
export const fewHandles: Drill = {
  name: 'few-handles',
  fault: `a process may have ${HANDLES} file handles, and ${CONNECTIONS} clients hold connections for ${HELD_MS / 1000} s`,
  proof: 'clients that came later got no answer while the others held on',
  healing: 'the clients go away',
  isShort: false,
  processes: 0,
  whyNot: async () => (process.platform === 'win32' ? 'there is no ulimit' : null),
  play: async (stage) => {
    const instance = await stage.startInstance({ fileHandles: HANDLES });
    await stage.player.untilAcknowledged(300);
    const before = stage.player.unanswered;
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    let answered = 0;
    const clients = Array.from({ length: CONNECTIONS }, () => {
      const sent = request(`${instance.url}/api/stream`, { agent }, () => {
        answered++;
      });
      sent.on('error', () => undefined);
      sent.end();
      return sent;
    });
    await sleep(HELD_MS);
    const waiting = CONNECTIONS - answered;
    for (const client of clients) client.destroy();
    agent.destroy();
    if (waiting > 0) {
      stage.prove(
        `${answered} of ${CONNECTIONS} clients were answered, ${stage.player.unanswered - before} messages were not`,
      );
    }
    await stage.healed();
  },
};
