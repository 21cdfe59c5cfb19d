import { isbot } from 'isbot';
import { isRobotAgent } from '../../api/redirect/robots.ts';
import { messageOf } from '../user-error.ts';
import { installSets } from './packages.ts';
import { type AgentSet, readSets } from './sets.ts';

/** Of all people, how many may be taken for robots; of all robots, how many may be let through. */
const PEOPLE_DROPPED_MAX = 0.003;
const ROBOTS_LET_THROUGH_MAX = 0.01;

const isPerson: Judge = (agent) => !isRobotAgent(agent);

type Judge = (agent: string) => boolean;

/**
 * Prints for how many agents of each set `isWrong` holds, and how many it would be by the list alone. Returns
 * their share of all sets.
 */
function measure(sets: readonly AgentSet[], what: string, isWrong: Judge, byListAlone: Judge): number {
  for (const { name, agents } of sets) {
    const [wrong, before] = [isWrong, byListAlone].map((judge) => agents.filter(judge).length);
    const share = `${percent((wrong ?? 0) / agents.length)} ${what}`;
    console.log(`  ${name.padEnd(48)} ${wrong} of ${agents.length}, ${share}; by the list alone ${before}`);
  }
  const agents = [...new Set(sets.flatMap((set) => set.agents))];
  return agents.filter(isWrong).length / agents.length;
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

function within(share: number, share_max: number, what: string): boolean {
  const holds = share <= share_max;
  console.log(`${holds ? '✓' : '✗'} ${what}: ${percent(share)}, at most ${percent(share_max)}`);
  return holds;
}

/**
 * Entry point of `npm run agents`: holds the rule about robots against public sets of real agents; with
 * `--list` it prints each agent that is judged wrongly. Exit codes: 0 within the limits, 1 not, or a set
 * cannot be had.
 */
async function main(args: readonly string[]): Promise<number> {
  const { people, robots, others } = readSets(await installSets());
  const dropped = measure(people, 'dropped', isRobotAgent, isbot);
  const letThrough = measure(robots, 'let through', isPerson, (agent) => !isbot(agent));
  measure(others, 'dropped', isRobotAgent, isbot);
  if (args.includes('--list')) {
    for (const agent of people.flatMap((set) => set.agents).filter(isRobotAgent)) console.log(`- ${agent}`);
    for (const agent of robots.flatMap((set) => set.agents).filter(isPerson)) console.log(`+ ${agent}`);
  }
  const verdicts = [
    within(dropped, PEOPLE_DROPPED_MAX, 'people dropped'),
    within(letThrough, ROBOTS_LET_THROUGH_MAX, 'robots let through'),
  ];
  return verdicts.every((holds) => holds) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`✗ ${messageOf(error)}`);
  return 1;
});
