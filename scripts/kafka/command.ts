// npm run kafka -- start|stop|status: one Apache Kafka broker on loopback, for trying out.
import { Admin, findErrorBy } from '@platformatic/kafka';
import { describeConfigError, readConfig } from '../../packages/server/src/config.ts';
import { brokerFolder, findBroker, startBroker, stopBroker } from './broker.ts';
import { whyNoBroker } from './kafka-jars.ts';

const USAGE = 'npm run kafka -- start | stop | status';
const PORT = 9092;
const PARTITIONS = 3;

const read = readConfig(process.env);
if (!read.ok) end(2, read.error.map(describeConfigError).join('\n'));
const { dataFolder, kafka } = read.value;
const folder = brokerFolder(dataFolder);

switch (process.argv[2]) {
  case 'start': {
    const reason = await whyNoBroker();
    if (reason !== null) end(1, `No broker can be started: ${reason}.`);
    const broker = await startBroker({ folder, port: PORT, tell: (text) => console.error(text) });
    await makeTopics(broker.address, Object.values(kafka.topics));
    console.log(`A broker runs on ${broker.address}, process ${broker.pid}, with the four topics:`);
    console.log(`  KAFKA_BROKERS=${broker.address} npx lastgasp serve`);
    break;
  }
  case 'stop':
    console.log((await stopBroker(folder)) ? 'The broker has ended; its data stay.' : 'No broker runs.');
    break;
  case 'status': {
    const broker = await findBroker(folder);
    if (broker === null) end(1, 'No broker runs.');
    console.log(`A broker runs on ${broker.address}, process ${broker.pid}.`);
    break;
  }
  default:
    end(2, USAGE);
}

async function makeTopics(address: string, topics: readonly string[]): Promise<void> {
  const admin = new Admin({ clientId: 'lastgasp-try', bootstrapBrokers: [address] });
  try {
    for (const topic of topics) {
      await admin
        .createTopics({ topics: [topic], partitions: PARTITIONS, replicas: 1 })
        .catch((error: Error) => {
          if (findErrorBy(error, 'apiId', 'TOPIC_ALREADY_EXISTS') === null) throw error;
        });
    }
  } finally {
    await admin.close();
  }
}

function end(code: number, text: string): never {
  console.error(text);
  process.exit(code);
}
