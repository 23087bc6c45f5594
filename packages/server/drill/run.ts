// npm run drill: real processes, a seeded load, one fault after another, and what must hold after each.
import { parseArgs } from 'node:util';
import { DRILLS } from './drills/index.ts';
import { formatResults } from './format-results.ts';
import { playAll } from './play-all.ts';

const USAGE = `npm run drill -- [--only NAME[,NAME]] [--seed N] [--seeds N] [--at INSTANT] [--short] [--json] [--list]

  --only    only these drills
  --seed    the first seed; 1 unless told
  --seeds   so many seeds, one after another; 1 unless told
  --at      the instant that a load is made for, as a run before has told it; now unless told
  --short   only the drills that run before every change goes in
  --json    the results as JSON on standard output
  --list    says what there is, and plays nothing`;

const { values } = readArguments();
if (values.help === true) end(0, USAGE);
const names = values.only?.split(',').map((name) => name.trim()) ?? null;
const unknown = names?.find((name) => !DRILLS.some((drill) => drill.name === name));
if (unknown !== undefined)
  end(2, `There is no drill ${unknown}. There are: ${DRILLS.map(({ name }) => name).join(', ')}`);
const drills = DRILLS.filter(
  (drill) => (names?.includes(drill.name) ?? true) && (values.short !== true || drill.isShort),
);
if (values.list === true) {
  for (const { name, fault, proof, healing } of drills) {
    console.log(`${name}\n  fault    ${fault}\n  proof    ${proof}\n  healing  ${healing}`);
  }
  process.exit(0);
}
const firstSeed = readNumber('seed', values.seed ?? '1');
const seeds = Array.from(
  { length: readNumber('seeds', values.seeds ?? '1') },
  (_, index) => firstSeed + index,
);

const at = values.at === undefined ? new Date(Math.floor(Date.now() / 60_000) * 60_000) : new Date(values.at);
if (Number.isNaN(at.getTime())) end(2, `--at ${values.at}: give an instant such as 2026-11-28T01:00:00Z`);

const outcome = await playAll(drills, { seeds, at, isShort: values.short === true }, (text) =>
  console.error(text),
);
console.log(values.json === true ? JSON.stringify(outcome, null, 1) : formatResults(outcome));
const isWell = outcome.left.length === 0 && outcome.results.every(({ breaches }) => breaches.length === 0);
process.exit(isWell ? 0 : 1);

function readArguments() {
  try {
    return parseArgs({
      options: {
        only: { type: 'string' },
        seed: { type: 'string' },
        seeds: { type: 'string' },
        at: { type: 'string' },
        short: { type: 'boolean' },
        json: { type: 'boolean' },
        list: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return end(2, `${(error as Error).message}\n\n${USAGE}`);
  }
}

function readNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    end(2, `--${option} ${text}: give a whole number from 1 on`);
  return number;
}

function end(code: number, text: string): never {
  console.error(text);
  process.exit(code);
}
