import { auditLog } from './audit/router.ts';
import { badges } from './badges/router.ts';
import { balances } from './balances/router.ts';
import { catalogue } from './catalogue/router.ts';
import { events } from './events/router.ts';
import { explain } from './explain/router.ts';
import { invitations } from './invitations/router.ts';
import { keys } from './keys/router.ts';
import { leaderboards } from './leaderboards/router.ts';
import { links } from './links/router.ts';
import { members } from './members/router.ts';
import { milestones } from './milestones/router.ts';
import { notices } from './notices/router.ts';
import { payouts } from './payouts/router.ts';
import { points } from './points/router.ts';
import { policies } from './policies/router.ts';
import { programs } from './programs/router.ts';
import { redemptions } from './redemptions/router.ts';
import { referrals } from './referrals/router.ts';
import { rewards } from './rewards/router.ts';
import { schedules } from './schedules/router.ts';
import { surveys } from './surveys/router.ts';
import { router } from './trpc/procedures.ts';

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
  points,
  balances,
  redemptions,
  catalogue,
  payouts,
  leaderboards,
  notices,
  surveys,
  milestones,
  explain,
  keys,
  schedules,
  audit: auditLog,
});

export type AppRouter = typeof appRouter;
