import { z } from 'zod';
import type { Outcome } from '../../engine/events/outcome.ts';
import type { Database } from '../../prisma/client.ts';
import type { Event, Reward } from '../../prisma/generated/client.ts';
import { eventKey } from '../events/input.ts';
import { eventView } from '../events/view.ts';
import { notFound } from '../http/errors.ts';
import { languageField, speakerFor } from '../language/asked.ts';
import { explainStanding } from '../leaderboards/standing.ts';
import { chooseWindow, windowChoice } from '../leaderboards/window.ts';
import { explainMilestone } from '../milestones/explain.ts';
import { explainPoints } from '../points/explain.ts';
import type { PolicyInput } from '../policies/schema.ts';
import { referralView } from '../referrals/view.ts';
import { rewardView } from '../rewards/view.ts';
import { router } from '../trpc/builder.ts';
import { findMember } from '../trpc/lookups.ts';
import { query } from '../trpc/procedures.ts';
import { id, milestoneId } from '../trpc/schemas.ts';
import { MEMBER, oneMember } from '../trpc/which-member.ts';
import { benefitOf } from './benefit.ts';
import { noteIn } from './note.ts';
import {
  eventExplanationAnswer,
  milestoneExplanationAnswer,
  referralExplanationAnswer,
  rewardExplanationAnswer,
  standingExplanationAnswer,
} from './schema.ts';
import { type EarnedAs, explainEvent, explainReferral, explainReward, type Reasons } from './sentences.ts';
import { signalsView } from './signals.ts';

export const explainRouter = router({
  reward: query()
    .meta({
      rest: 'explainReward GET /rewards/{id}/explanation',
      doc:
        'Explains why a reward was granted. Returns its rule as it was then, the facts, every check, and ' +
        'the same in sentences.',
    })
    .input(z.strictObject({ id, ...languageField }))
    .output(rewardExplanationAnswer)
    .query(async ({ ctx, input }) => {
      const { programId } = ctx;
      const { db } = ctx.services;
      const where = { programId_id: { programId, id: input.id } };
      const reward = await db.reward.findUnique({ where, include: { referral: true } });
      if (reward === null) throw notFound('reward');
      const rule = await ruleOf(db, programId, reward.policyVersion, reward.ruleId);
      const by = speakerFor(input.language, ctx.req);
      return {
        reward: rewardView(reward),
        policyVersion: reward.policyVersion,
        rule,
        trace: reward.trace as Readonly<Record<string, unknown>>,
        sentences: explainReward(by, reward, recipientOf(reward), await reasonsOf(db, reward)),
      };
    }),

  referral: query()
    .meta({
      rest: 'explainReferral GET /referrals/{id}/explanation',
      doc:
        'Explains why a referral is where it is. Returns how it was attributed, what the fraud rules saw, ' +
        'and what each event brought. What each signal weighs needs the scope `policies:read`.',
    })
    .input(z.strictObject({ id, ...languageField }))
    .output(referralExplanationAnswer)
    .query(async ({ ctx, input }) => {
      const { programId } = ctx;
      const where = { programId_id: { programId, id: input.id } };
      const { db } = ctx.services;
      const referral = await db.referral.findUnique({
        where,
        include: {
          rewards: { orderBy: { createdAt: 'asc' } },
          referred: { include: { stays: true } },
        },
      });
      if (referral === null) throw notFound('referral');
      const by = speakerFor(input.language, ctx.req);
      // What an account did that was merged into another is about the one who stays.
      const subject = (referral.referred?.stays ?? referral.referred)?.externalId;
      const events = await eventsOf(db, programId, subject);
      return {
        referral: referralView(referral),
        attribution: referral.attribution,
        signals: signalsView(referral.signals, ctx.principal),
        rewards: referral.rewards.map(rewardView),
        events: events.map((event) => ({
          ...eventView(event, ctx.principal),
          sentences: explainEvent(by, event, event.outcome as Outcome | null),
        })),
        sentences: explainReferral(by, referral, await commandOf(db, programId, referral.correctedBy)),
      };
    }),

  standing: query()
    .meta({
      rest: 'explainStanding GET /leaderboards/{boardId}/members/{memberId}/explanation',
      refuses: ['window_unknown'],
      doc:
        'Explains why a member has the rank that they have. Returns the parts of the score, the latest ' +
        '100, and what decided the place. Refuses with `window_unknown` a ranking that the board does not ' +
        'have.',
    })
    .input(oneMember(MEMBER, { ...windowChoice, ...languageField }))
    .output(standingExplanationAnswer)
    .query(async ({ ctx, input: { language, ...input } }) => {
      const { db, now } = ctx.services;
      const chosen = await chooseWindow(db, ctx.programId, input, now());
      const member = await findMember(db, ctx.programId, input);
      return await explainStanding(db, chosen, member.id, speakerFor(language, ctx.req));
    }),

  milestone: query()
    .meta({
      rest: 'explainMilestone GET /members/{memberId}/milestones/{milestoneId}/explanation',
      doc:
        'Explains why a member has what a milestone earns, or does not yet. Returns the milestone of the ' +
        'policy in force, the count, and the latest 100 awards, each with its trace. Refuses with ' +
        '`member_unknown` a member who is not there.',
    })
    .input(oneMember(MEMBER, { milestoneId, ...languageField }))
    .output(milestoneExplanationAnswer)
    .query(({ ctx, input: { language, ...input } }) => {
      const { db, now } = ctx.services;
      const by = speakerFor(language, ctx.req);
      return explainMilestone(db, ctx.programId, { ...input, by, now_ms: now() });
    }),

  points: explainPoints,

  event: query()
    .meta({
      rest: [
        'explainEvent GET /events/{id}/explanation',
        'explainEventByKey GET /events/key/{key}/explanation',
      ],
      doc:
        'Explains what came of an event, by its key or id: whether it was accepted or refused, and why ' +
        'each rule granted or refused. What fraud signals weigh needs the scope `policies:read`.',
    })
    .input(
      z.union([
        z.strictObject({ key: eventKey, ...languageField }),
        z.strictObject({ id, ...languageField }),
      ]),
    )
    .output(eventExplanationAnswer)
    .query(async ({ ctx, input: { language, ...which } }) => {
      const event = await ctx.services.db.event.findFirst({ where: { programId: ctx.programId, ...which } });
      if (event === null) throw notFound('event');
      return {
        event: eventView(event, ctx.principal),
        sentences: explainEvent(
          speakerFor(language, ctx.req),
          event,
          event.outcome as Outcome | null,
          await benefitOf(ctx.services.db, event),
        ),
      };
    }),
});

/** In what part the member earned it; a reward that no referral granted is simply the member's. */
function recipientOf({
  memberId,
  referral,
}: {
  memberId: string;
  referral: { referrerId: string } | null;
}): EarnedAs {
  if (referral === null) return 'member';
  return referral.referrerId === memberId ? 'referrer' : 'referred';
}

/** The command of an operator by which a referral is as it is. */
async function commandOf(db: Database, programId: string, id: string | null): Promise<Event | null> {
  return id === null ? null : await db.event.findUnique({ where: { programId_id: { programId, id } } });
}

/** Why operators hold a reward, or took it back. */
async function reasonsOf(db: Database, { programId, heldBy, takenBackBy }: Reward): Promise<Reasons> {
  const ids = [heldBy, takenBackBy].flatMap((id) => id ?? []);
  const commands = ids.length === 0 ? [] : await db.event.findMany({ where: { programId, id: { in: ids } } });
  const noteOf = (id: string | null) => noteIn(commands.find((command) => command.id === id)?.payload);
  return { held: noteOf(heldBy), takenBack: noteOf(takenBackBy) };
}

const EVENTS_SHOWN_MAX = 100;

async function eventsOf(db: Database, programId: string, subject: string | undefined) {
  if (subject === undefined) return [];
  return await db.event.findMany({
    where: { programId, subject },
    orderBy: { seq: 'asc' },
    take: EVENTS_SHOWN_MAX,
  });
}

type RuleInput = PolicyInput['rules'][number];

/** The rule as that version of the policy has it. */
async function ruleOf(
  db: Database,
  programId: string,
  version: number,
  ruleId: string,
): Promise<RuleInput | null> {
  const row = await db.policyVersion.findUnique({ where: { programId_version: { programId, version } } });
  // Stored by `publishPolicy`, which checked it against this schema.
  const body = row?.body as unknown as PolicyInput | undefined;
  return body?.rules.find((rule) => rule.id === ruleId) ?? null;
}
