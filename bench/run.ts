import { availableParallelism } from 'node:os';
import type { Benchmark } from './benchmark.ts';
import { clickBenchmark } from './click.ts';
import { fair } from './fair/fair.ts';
import { intake } from './intake.ts';
import { leaderboard } from './leaderboard/leaderboard.ts';
import { ledger } from './ledger.ts';
import { lifecycle } from './lifecycle/lifecycle.ts';
import { rest } from './rest.ts';
import { start } from './start.ts';
import { median, table } from './table.ts';
import { webhooks } from './webhooks/webhooks.ts';

const BENCHMARKS: readonly Benchmark[] = [
  lifecycle,
  fair,
  clickBenchmark,
  intake,
  rest,
  ledger,
  leaderboard,
  webhooks,
  start,
];
const ROUNDS = 5;

const HELP = `npm run bench [-- <name> …] [-- --rounds <n>]

Runs each benchmark against its reference in the same run, in turns, and prints medians. The last line of
each is one JSON object: {"name","unit","ours","reference","ratio","rounds"}.

Names: ${BENCHMARKS.map(({ name }) => name).join(', ')}. None named: all of them.`;

/**
 * Runs ours and the reference in turns, so that a machine that grows slower or faster meanwhile meets both.
 */
async function measure(benchmark: Benchmark, rounds: number): Promise<void> {
  console.log(`\n${benchmark.name}: ${rounds} rounds on ${availableParallelism()} cores, in turns`);
  const prepared = await benchmark.prepare();
  try {
    const ours: number[] = [];
    const reference: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const inTurn = [
        async () => ours.push(await prepared.ours()),
        async () => reference.push(await prepared.reference()),
      ];
      for (const turn of round % 2 === 0 ? inTurn : inTurn.reverse()) await turn();
    }
    console.log(table(benchmark.unit, ours, reference));
    for (const note of await prepared.notes()) console.log(`  ${note}`);
    const [a, b] = [median(ours), median(reference)];
    const ratio = Number((a / b).toFixed(3));
    console.log(
      JSON.stringify({
        name: benchmark.name,
        unit: benchmark.unit,
        ours: round2(a),
        reference: round2(b),
        ratio,
        rounds,
      }),
    );
  } finally {
    await prepared.close();
  }
}

const isRounds = (rounds: number) => Number.isInteger(rounds) && rounds >= 1 && rounds <= 100;

const round2 = (value: number) => Number(value.toFixed(2));

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(HELP);
    return 0;
  }
  const at = args.indexOf('--rounds');
  const given = at < 0 ? null : Number(args[at + 1]);
  const names = args.filter((arg, index) => !arg.startsWith('--') && (at < 0 || index !== at + 1));
  const unknown = names.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0 || (given !== null && !isRounds(given))) {
    const trouble =
      unknown.length > 0 ? `There is no benchmark ${unknown.join(', ')}.` : '--rounds takes 1 to 100.';
    console.error(`${trouble}\n\n${HELP}`);
    return 2;
  }
  for (const benchmark of BENCHMARKS) {
    if (names.length === 0 || names.includes(benchmark.name)) {
      await measure(benchmark, given ?? benchmark.rounds ?? ROUNDS);
    }
  }
  return 0;
}

process.exit(await main(process.argv.slice(2)));
