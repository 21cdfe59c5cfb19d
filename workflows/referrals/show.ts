import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { ReferralSnapshot } from '../../activities/referrals/snapshot.ts';
import { FRAUD_VERDICT, MEMBER_ID, REFERRAL_STAGE, REWARD_DUE_AT } from '../search-attributes.ts';

/** Puts what changed since `before` into the Web UI: search attributes, and the details as a short table. */
export function showReferral(now: ReferralSnapshot, before: ReferralSnapshot | null): void {
  setCurrentDetails(details(now));
  if (now.stage === null) return;
  const pairs = [
    { key: REFERRAL_STAGE, value: now.stage, changed: now.stage !== before?.stage },
    { key: MEMBER_ID, value: now.referrer_id, changed: now.referrer_id !== before?.referrer_id },
    { key: FRAUD_VERDICT, value: now.verdict, changed: now.verdict !== (before?.verdict ?? null) },
    {
      key: REWARD_DUE_AT,
      value: time(now.matures_at_ms),
      changed: now.matures_at_ms !== (before?.matures_at_ms ?? null),
    },
  ].filter(({ changed }) => changed);
  if (pairs.length > 0) {
    upsertSearchAttributes(
      pairs.map(({ key, value }) => ({ key, value })) as Parameters<typeof upsertSearchAttributes>[0],
    );
  }
}

function time(at_ms: number | null): Date | null {
  return at_ms === null ? null : new Date(at_ms);
}

function details(now: ReferralSnapshot): string {
  const rows: readonly (readonly [string, string | null])[] = [
    ['stage', now.stage ?? 'none: the signup was refused'],
    ['why', now.reason],
    ['referrer', now.referrer_id],
    ['policy version', now.policy_version === null ? null : String(now.policy_version)],
    ['fraud verdict', now.verdict],
    [
      'rewards held / available / reversed',
      `${now.rewards.held} / ${now.rewards.available} / ${now.rewards.reversed}`,
    ],
    ['next reward matures', time(now.matures_at_ms)?.toISOString() ?? null],
    ['otherwise ends', time(now.due_at_ms)?.toISOString() ?? null],
  ];
  const lines = rows.filter(([, value]) => value !== null).map(([name, value]) => `| ${name} | ${value} |`);
  return ['| | |', '|---|---|', ...lines].join('\n');
}
