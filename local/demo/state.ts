import type { inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '../../api/client.ts';
import { allOf, inLanes, PAGE, patiently } from './patience.ts';
import { UNIT } from './policy.ts';
import type { Session } from './session.ts';

type Outputs = inferRouterOutputs<AppRouter>;
export type MemberView = Outputs['members']['list']['items'][number];
export type EventView = Outputs['events']['list']['items'][number];
export type ReferralView = Outputs['referrals']['list']['items'][number];
export type RewardView = Outputs['rewards']['list']['items'][number];
export type RedemptionView = Outputs['redemptions']['list']['items'][number];

/** The whole program as the API returns it. */
export interface ProgramState {
  readonly members: readonly MemberView[];
  readonly events: readonly EventView[];
  readonly referrals: readonly ReferralView[];
  readonly rewards: readonly RewardView[];
  readonly redemptions: readonly RedemptionView[];
  /** What members owe, in minor units, above zero. */
  readonly owed_minor: bigint;
}

const LANES = 8;

/** Reads everything that the summary counts. */
export async function readState(session: Session): Promise<ProgramState> {
  const { client } = session;
  const [members, events, referrals, rewards, redemptions] = await Promise.all([
    allOf((cursor) => client.members.list.query({ cursor, limit: PAGE })),
    allOf((cursor) => client.events.list.query({ cursor, limit: PAGE })),
    allOf((cursor) => client.referrals.list.query({ cursor, limit: PAGE })),
    allOf((cursor) => client.rewards.list.query({ cursor, limit: PAGE })),
    allOf((cursor) => client.redemptions.list.query({ cursor, limit: PAGE })),
  ]);
  const owed_minor = await owedBy(session, rewards);
  return { members, events, referrals, rewards, redemptions, owed_minor };
}

/** Only a member from whom something was taken back can owe. */
async function owedBy({ client }: Session, rewards: readonly RewardView[]): Promise<bigint> {
  const taken = rewards.filter(({ reversed }) => reversed !== null && reversed.minor !== '0');
  const debtors = [...new Set(taken.map(({ memberId }) => memberId))];
  let owed_minor = 0n;
  await inLanes(debtors, LANES, async (memberId) => {
    const { items: balances } = await patiently(() => client.balances.get.query({ memberId }));
    const owed = balances.find(({ unit }) => unit === UNIT)?.owed.minor ?? '0';
    owed_minor -= BigInt(owed);
  });
  return owed_minor;
}
