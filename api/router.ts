import { auditRouter } from './audit/router.ts';
import type { ListedProcedure } from './auth/permission-for.ts';
import { badgesRouter } from './badges/router.ts';
import { balancesRouter } from './balances/router.ts';
import { billingRouter } from './billing/router.ts';
import { catalogueRouter } from './catalogue/router.ts';
import { eventsRouter } from './events/router.ts';
import { explainRouter } from './explain/router.ts';
import { invitationsRouter } from './invitations/router.ts';
import { keysRouter } from './keys/router.ts';
import { leaderboardsRouter } from './leaderboards/router.ts';
import { linksRouter } from './links/router.ts';
import { meRouter } from './me/router.ts';
import { membersRouter } from './members/router.ts';
import { milestonesRouter } from './milestones/router.ts';
import { noticesRouter } from './notices/router.ts';
import { operatorsRouter } from './operators/router.ts';
import { payoutsRouter } from './payouts/router.ts';
import { pointsRouter } from './points/router.ts';
import { policiesRouter } from './policies/router.ts';
import { programsRouter } from './programs/router.ts';
import { ratesRouter } from './rates/router.ts';
import { redemptionsRouter } from './redemptions/router.ts';
import { referralsRouter } from './referrals/router.ts';
import { rewardsRouter } from './rewards/router.ts';
import { schedulesRouter } from './schedules/router.ts';
import { surveysRouter } from './surveys/router.ts';
import { tokensRouter } from './tokens/router.ts';
import { router } from './trpc/builder.ts';
import { usersRouter } from './users/router.ts';
import { webhooksRouter } from './webhooks/router.ts';

/** Every procedure of the public API, by noun. */
export const appRouter = router({
  programs: programsRouter,
  policies: policiesRouter,
  rates: ratesRouter,
  members: membersRouter,
  links: linksRouter,
  invitations: invitationsRouter,
  events: eventsRouter,
  referrals: referralsRouter,
  rewards: rewardsRouter,
  badges: badgesRouter,
  points: pointsRouter,
  balances: balancesRouter,
  redemptions: redemptionsRouter,
  catalogue: catalogueRouter,
  payouts: payoutsRouter,
  billing: billingRouter,
  leaderboards: leaderboardsRouter,
  notices: noticesRouter,
  surveys: surveysRouter,
  milestones: milestonesRouter,
  explain: explainRouter,
  keys: keysRouter,
  tokens: tokensRouter,
  me: meRouter,
  webhooks: webhooksRouter,
  schedules: schedulesRouter,
  audit: auditRouter,
  users: usersRouter,
  operators: operatorsRouter,
});

export type AppRouter = typeof appRouter;

type PathsOf<R> = { [N in keyof R & string]: `${N}.${keyof R[N] & string}` }[keyof R & string];
type Path = PathsOf<AppRouter['_def']['record']>;

// Compiles as long as the table of permissions has every procedure and no other; else the error names it.
({}) satisfies Record<Exclude<Path, ListedProcedure> | Exclude<ListedProcedure, Path>, never>;
