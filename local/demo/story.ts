import { patiently } from './patience.ts';
import type { Session } from './session.ts';
import type { ProgramState, ReferralView, RewardView } from './state.ts';

/** One referral's life, to be read from top to bottom. */
export interface Story {
  readonly title: string;
  readonly referral: readonly string[];
  readonly events: readonly { readonly type: string; readonly sentences: readonly string[] }[];
  readonly rewards: readonly { readonly ruleId: string; readonly sentences: readonly string[] }[];
  readonly link: string | null;
  readonly referralId: string;
}

/**
 * A referral of today, so that its workflow still runs. Prefers one whose referrer earned by the milestones.
 */
function pick({ referrals, rewards, members }: ProgramState): ReferralView | undefined {
  const names = new Map(members.map(({ id, externalId }) => [id, externalId]));
  const nameOf = ({ referredId }: ReferralView): string => names.get(referredId ?? '') ?? '';
  const isToday = (it: ReferralView): boolean => nameOf(it).startsWith('friend-');
  const milestones = new Set(
    rewards.filter(({ ruleId }) => ruleId === 'milestones').map(({ referralId }) => referralId),
  );
  const score = (it: ReferralView): number => (isToday(it) ? 2 : 0) + (milestones.has(it.id) ? 1 : 0);
  return [...referrals].sort((a, b) => score(b) - score(a) || (nameOf(a) < nameOf(b) ? -1 : 1))[0];
}

/** The page of a workflow in Temporal's Web UI; without an answer from there, the list that finds it. */
async function pageOf(
  temporalUi: string | null,
  namespace: string,
  workflowId: string,
): Promise<string | null> {
  if (temporalUi === null) return null;
  const base = `${temporalUi}/namespaces/${encodeURIComponent(namespace)}/workflows`;
  try {
    const api = `${temporalUi}/api/v1/namespaces/${encodeURIComponent(namespace)}/workflows/${workflowId}`;
    const response = await fetch(api, { signal: AbortSignal.timeout(5_000) });
    const answer = (await response.json()) as { workflowExecutionInfo?: { execution?: { runId?: string } } };
    const runId = answer.workflowExecutionInfo?.execution?.runId;
    if (runId !== undefined) return `${base}/${workflowId}/${runId}/history`;
  } catch {
    // The list below finds it all the same.
  }
  return `${base}?query=${encodeURIComponent(`WorkflowId="${workflowId}"`)}`;
}

/** Tells one referral's life in the words of `explain`; null when there is no referral. */
export async function tellStory(
  { client }: Session,
  state: ProgramState,
  temporal: { readonly ui: string | null; readonly namespace: string },
): Promise<Story | null> {
  const referral = pick(state);
  if (referral === undefined) return null;
  const names = new Map(state.members.map(({ id, externalId }) => [id, externalId]));
  const why = await patiently(() => client.explain.referral.query({ id: referral.id }));
  const granted = state.rewards.filter(({ referralId }) => referralId === referral.id);
  const rewards = await Promise.all(
    granted.sort(byRule).map(async ({ id, ruleId }) => {
      const { sentences } = await patiently(() => client.explain.reward.query({ id }));
      return { ruleId, sentences };
    }),
  );
  return {
    title:
      `${names.get(referral.referrerId) ?? 'a member'} brings ` +
      `${names.get(referral.referredId ?? '') ?? 'a friend'}`,
    referral: why.sentences,
    events: [...why.events].sort(byTime).map(({ type, sentences }) => ({ type, sentences })),
    rewards,
    link: await pageOf(temporal.ui, temporal.namespace, `referral-${referral.id}`),
    referralId: referral.id,
  };
}

const byRule = (a: RewardView, b: RewardView): number => (a.ruleId < b.ruleId ? -1 : 1);

/** By their own times; a signup before what happened in the same moment. */
const byTime = (a: Happened, b: Happened): number =>
  Date.parse(a.occurredAt) - Date.parse(b.occurredAt) ||
  Number(b.type === 'signup') - Number(a.type === 'signup');

interface Happened {
  readonly type: string;
  readonly occurredAt: string;
}
