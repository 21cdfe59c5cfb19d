import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { ReferralSnapshot } from '../../activities/referrals/snapshot.ts';
import { changedAttributes } from './attributes.ts';

/** Puts what changed since `before` into the Web UI: search attributes, and the details as a short table. */
export function showReferral(now: ReferralSnapshot, before: ReferralSnapshot | null): void {
  setCurrentDetails(details(now));
  if (now.stage === null) return;
  const changed = changedAttributes(now, before);
  if (changed.length > 0) {
    upsertSearchAttributes(changed as Parameters<typeof upsertSearchAttributes>[0]);
  }
}

const time = (at_ms: number | null) => (at_ms === null ? null : new Date(at_ms));

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
