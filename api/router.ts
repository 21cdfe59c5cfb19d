import { auditLog } from './routers/audit.ts';
import { badges } from './routers/badges.ts';
import { balances } from './routers/balances.ts';
import { events } from './routers/events.ts';
import { explain } from './routers/explain.ts';
import { invitations } from './routers/invitations.ts';
import { keys } from './routers/keys.ts';
import { leaderboards } from './routers/leaderboards.ts';
import { links } from './routers/links.ts';
import { members } from './routers/members.ts';
import { milestones } from './routers/milestones.ts';
import { policies } from './routers/policies.ts';
import { programs } from './routers/programs.ts';
import { redemptions } from './routers/redemptions.ts';
import { referrals } from './routers/referrals.ts';
import { rewards } from './routers/rewards.ts';
import { surveys } from './routers/surveys.ts';
import { router } from './trpc.ts';

/** Every procedure of the public API, by noun. */
export const appRouter = router({
  programs,
  policies,
  members,
  links,
  invitations,
  events,
  referrals,
  rewards,
  badges,
  balances,
  redemptions,
  leaderboards,
  surveys,
  milestones,
  explain,
  keys,
  audit: auditLog,
});

export type AppRouter = typeof appRouter;
