// A command that does nothing but use the embedded server of the folder in its first argument: tells the address
// in one line of JSON, and lets go when its input ends.
import { startEmbeddedPostgres } from '../src/embedded/index.ts';

const [, , dataFolder = ''] = process.argv;
const server = await startEmbeddedPostgres({ dataFolder, log: (text) => process.stderr.write(`${text}\n`) });
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
for await (const _ of process.stdin);
await server.release();
