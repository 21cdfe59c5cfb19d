import fc from 'fast-check';
import type { Activities } from '../../activities/create.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { invitationEnd } from '../../domain/referrals/invitation.ts';
import { balancesOf } from '../../ledger/balances.ts';
import { newId } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import type { TestDatabase } from './database.ts';
import type { Arrival } from './histories.ts';
import { at, type Decided, type ProgramPlay, playedProgram } from './play.ts';
import {
  publishPolicy,
  type SeededMember,
  seedEvent,
  seedProgram,
  testPolicy,
  testRule,
  usd,
} from './seed.ts';

/** How long invitations wait, of the first policy and of the one that comes after it. */
const INVITATION_DAYS = 10;
const LATER_INVITATION_DAYS = 2;

/** A personal invitation's link, whose id is its referral's; it expires as the API would have it. */
export async function seedInvitation(
  db: Database,
  programId: string,
  member: SeededMember,
  at: Date,
  invitation_days = 90,
) {
  const id = newId();
  const code = `i${id.replaceAll('-', '').slice(-12)}`;
  const expiresAt = new Date(invitationEnd({ invitation_days }, at.getTime()));
  await db.link.create({
    data: { programId, id, memberId: member.id, code, kind: 'personal', createdAt: at, expiresAt },
  });
  const event = await seedEvent(db, programId, {
    type: 'invitation.issued',
    at,
    workflowId: `referral-${id}`,
  });
  return { id, code, eventId: event.id };
}

/** What comes about one invitation that was issued at `T0`, by the day on which it happened. */
export type InvitedStep =
  /** Its issue is decided. */
  | { readonly what: 'issue' }
  /** Another policy is published, a day after the issue. */
  | { readonly what: 'publish' }
  /** Its time passes by the clock. */
  | { readonly what: 'expire' }
  | { readonly what: 'sign_up'; readonly day: number }
  | { readonly what: 'buy'; readonly day: number };

const policyOf = (invitation_days: number, minor: bigint): Policy =>
  testPolicy({
    invitation_days,
    qualification: { event: 'purchase', min_value: null, within_days: 30, condition: null },
    rules: [
      testRule({
        id: 'welcome',
        trigger: { on: 'signed_up' },
        recipient: 'referred',
        benefit: { kind: 'fixed', amount: usd(minor) },
      }),
      testRule({ id: 'thanks', benefit: { kind: 'fixed', amount: usd(2n * minor) } }),
    ],
  });

/** The policy under which the invitation is issued; a later one gives ten times as much. */
const ISSUE_POLICY = policyOf(INVITATION_DAYS, 100n);

/** One invitation of Ann's, which Bob answers. */
export interface Invited {
  readonly program: ProgramPlay;
  readonly ann: SeededMember;
  readonly id: string;
  readonly code: string;
  readonly eventId: string;
}

/** Issues the invitation, though nobody has decided that yet. */
export async function invite(database: TestDatabase, activities: Activities): Promise<Invited> {
  const { db } = database;
  const programId = await seedProgram(db, ISSUE_POLICY, at(-1));
  const program = playedProgram(database, programId, activities);
  const ann = await program.member('ann');
  return { program, ann, ...(await seedInvitation(db, programId, ann, at(0), INVITATION_DAYS)) };
}

/** Everything comes on the same day, after the invitation's time, and before the time to qualify ends. */
const NOW_MS = at(20).getTime();

/** Takes a step. Returns what a signup or a purchase came to. */
export async function takeInvited(invited: Invited, step: InvitedStep): Promise<Decided | null> {
  const { program, id: referralId, code, eventId } = invited;
  const { db, activities, id: programId } = program;
  const ref = { programId, referralId, now_ms: NOW_MS };
  if (step.what === 'issue') {
    // It was seen at once, so that its deadline is not put off.
    await activities.issueInvitation({ ...ref, eventId, now_ms: at(0).getTime() });
    return null;
  }
  if (step.what === 'publish') {
    await publishPolicy(db, programId, policyOf(LATER_INVITATION_DAYS, 1_000n), 2, at(1));
    return null;
  }
  if (step.what === 'expire') {
    await activities.endReferral(ref);
    return null;
  }
  const play = { at: at(step.day), referralId, now_ms: NOW_MS };
  return step.what === 'sign_up'
    ? await program.signUp('bob', { code }, play)
    : await program.act('bob', { ...play, value: usd(5_000n) });
}

/** How it ends: what must be the same in whatever order it came. */
export async function invitedStanding({ program, ann, id }: Invited) {
  const { db, id: programId } = program;
  const referral = await db.referral.findUniqueOrThrow({ where: { programId_id: { programId, id } } });
  const { stage, reason, policyVersion, referrerId, referredId, issuedAt, signedUpAt } = referral;
  const signups = await db.event.findMany({ where: { programId, type: 'signup' } });
  return {
    stage,
    reason,
    policyVersion,
    isOfAnn: referrerId === ann.id,
    isAnswered: referredId !== null,
    issuedAt,
    signedUpAt,
    isOver: referral.endedAt !== null,
    signups: signups.map(({ outcome }) => {
      const { decision, code, message } = outcome as Readonly<Record<string, unknown>>;
      return { decision, code, message };
    }),
    count: (await db.member.findFirstOrThrow({ where: { programId, id: ann.id } })).qualifiedReferrals,
    balances: [
      await balancesOf(db, programId, ann.id, at(20)),
      referredId === null ? [] : await balancesOf(db, programId, referredId, at(20)),
    ],
  };
}

/** The steps as they may come: what is to expire has begun, and a purchase waits for its signup. */
export const invitedOrders = (steps: readonly InvitedStep[]): Arrival<InvitedStep>[] =>
  steps.map((step) => ({
    step,
    key: step.what,
    after: step.what === 'expire' ? 'issue' : step.what === 'buy' ? 'sign_up' : null,
  }));

/** One signup, in time or not, and purchases after it. */
export const invitedLives: fc.Arbitrary<InvitedStep[]> = fc
  .record({
    day: fc.constantFrom(-1, 0, 1, 3, 9, 9.999, 10, 10.001, 15),
    publishes: fc.boolean(),
    buys: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 2 }),
  })
  .map(({ day, publishes, buys }) => [
    { what: 'issue' },
    { what: 'sign_up', day },
    { what: 'expire' },
    ...(publishes ? [{ what: 'publish' } as const] : []),
    ...buys.map((later) => ({ what: 'buy', day: day + later }) as const),
  ]);
