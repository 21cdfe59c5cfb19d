import { prove } from '../../ledger/prove.ts';
import { ascending, type Expected, expectedOf, sum } from './storm-model.ts';
import type { Referrer, StormProgram } from './storm-program.ts';
import { type Records, readRecords } from './storm-records.ts';
import type { Storm } from './storm-stack.ts';

/** Everything that is wrong after a storm. Empty: nothing lost, nothing twice, and the ledger proven. */
export async function faultsOf(
  storm: Storm,
  program: StormProgram,
  referrers: readonly Referrer[],
): Promise<string[]> {
  const found = await readRecords(storm.owner, program.id);
  const proof = await prove(storm.databaseUrl, { programId: program.id });
  const expected = referrers.map((referrer) => [referrer, expectedOf(program, referrer)] as const);
  return [
    ...lostEvents(program, found),
    ...decisions(program, found),
    ...expected.flatMap(([referrer, wanted]) => memberFaults(found, referrer, wanted)),
    ...postingFaults(found),
    ...budgetFaults(program, found, sum(expected.map(([, { earned_minor }]) => earned_minor))),
    ...proof.checks
      .filter(({ ok }) => !ok)
      .map(({ name, counterexamples }) => `proof: ${name}: ${counterexamples[0]}`),
  ];
}

function lostEvents({ sent }: StormProgram, { events, redemptions }: Records): string[] {
  const stored = new Map(events.map((event) => [event.key, event]));
  const requests = new Set(redemptions.map(({ id }) => id));
  return [
    ...[...sent.events]
      .filter(([key, { id }]) => stored.get(key)?.id !== id)
      .map(([key]) => `lost: event ${key}`),
    ...[...sent.redemptions]
      .filter(([, { id }]) => !requests.has(id))
      .map(([key]) => `lost: redemption ${key}`),
    ...events
      .filter(({ state }) => state !== 'decided')
      .map(({ key, state }) => `undecided: ${key} is ${state}`),
  ];
}

/** Of a member's signups one is accepted, and of purchases the one that qualifies: rules here pay once. */
function decisions({ sent }: StormProgram, { events }: Records): string[] {
  const accepted = new Map<string, number>();
  for (const { type, subject, decision } of events) {
    if (subject === null) continue;
    const name = `${type} of ${subject}`;
    accepted.set(name, (accepted.get(name) ?? 0) + (decision === 'accepted' ? 1 : 0));
  }
  const sentNames = new Set(
    [...sent.events.values()].map(({ input }) => `${input.type} of ${input.subject}`),
  );
  return [...accepted]
    .filter(([name, count]) => count !== 1 || !sentNames.has(name))
    .map(([name, count]) => `decision: ${name} was accepted ${count} times`);
}

function memberFaults(found: Records, { id, externalId }: Referrer, wanted: Expected): string[] {
  const member = found.members.find((row) => row.id === id);
  const rewards = found.rewards.filter(({ member_id }) => member_id === id);
  const paid = found.redemptions.filter(({ member_id, status }) => member_id === id && status === 'settled');
  const balance = (kind: string) =>
    sum(
      found.balances.filter((row) => row.kind === kind && row.member_id === id).map(({ amount }) => amount),
    );
  const held = sum(rewards.filter(({ status }) => status === 'held').map(({ amount }) => amount));
  const facts: readonly (readonly [string, unknown, unknown])[] = [
    ['qualified referrals', member?.qualified, wanted.qualified],
    [
      'reward amounts',
      rewards
        .map(({ amount }) => amount)
        .sort(ascending)
        .join(),
      wanted.rewards.join(),
    ],
    [
      'rewards per referral and rule',
      new Set(rewards.map(({ referral_id, rule_id }) => referral_id + rule_id)).size,
      rewards.length,
    ],
    ['settled redemptions', paid.length, wanted.settled],
    ['balance pending', balance('pending'), held],
    ['balance available', balance('available'), wanted.earned_minor - held - wanted.redeemed_minor],
    ['balance reserved', balance('reserved'), 0n],
    ['balance owed', balance('owed'), 0n],
  ];
  return facts
    .filter(([, is, must]) => is !== must)
    .map(([what, is, must]) => `${what} of ${externalId}: ${is}, must be ${must}`);
}

/** One grant and message for each reward, one reserve, settlement and message for each payout, no more. */
function postingFaults({ rewards, redemptions, postings, messages }: Records): string[] {
  const settled = redemptions.filter(({ status }) => status === 'settled');
  const open = redemptions.filter(({ status }) => status !== 'settled' && status !== 'refused');
  const wanted = new Map<string, bigint>([
    ...rewards.map(({ id, amount }) => [`grant:${id}`, amount] as const),
    ...settled.map(({ id }) => [`reserve:${id}`, 0n] as const),
    ...settled.map(({ id, amount }) => [`settle:${id}`, -amount] as const),
  ]);
  const posted = new Map(postings.map(({ key, to_members }) => [key, to_members]));
  const messageKeys = new Set(messages.map(({ key }) => key));
  const untold = [
    ...rewards.map(({ id }) => `reward.granted:${id}`),
    ...settled.map(({ id }) => `redemption.settled:${id}`),
  ];
  return [
    ...[...wanted]
      .filter(([key, minor]) => posted.get(key) !== minor)
      .map(([key]) => `posting: ${key} is ${posted.get(key)}`),
    ...[...posted.keys()].filter((key) => !wanted.has(key)).map((key) => `posting: ${key} has no cause`),
    ...open.map(({ id, status }) => `redemption: ${id} is ${status}`),
    ...untold.filter((key) => !messageKeys.has(key)).map((key) => `untold: ${key}`),
  ];
}

function budgetFaults(
  { policy: { budget } }: StormProgram,
  { balances }: Records,
  earned_minor: bigint,
): string[] {
  const spent = -sum(balances.filter(({ kind }) => kind === 'budget').map(({ amount }) => amount));
  return [
    ...(spent === earned_minor ? [] : [`budget: ${spent} is spent, must be ${earned_minor}`]),
    ...(budget !== null && spent > budget.minor ? [`budget: ${spent} is more than ${budget.minor}`] : []),
  ];
}
