import { z } from 'zod';
import { issueBadge } from '../../engine/badges/issue.ts';
import { fail, notFound } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { byMemberId } from '../trpc/lookups.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { anyMember, MEMBER } from '../trpc/which-member.ts';
import { WITH_REWARD } from './find.ts';
import { credentialView, readBadges } from './read.ts';
import { badgeAnswer } from './schema.ts';

const rewardId = id.meta({ description: 'The reward of kind `badge` that the badge is for.' });

export const get = query()
  .meta({
    rest: ['getBadge GET /badges/{id}', 'getBadgeByReward GET /badges/reward/{rewardId}'],
    doc:
      "Returns the credential of a badge, by its id or by its reward's id. Refuses with `not_found` while " +
      'the badge has not been issued.',
  })
  .input(z.union([z.strictObject({ id }), z.strictObject({ rewardId })]))
  .output(badgeAnswer)
  .query(async ({ ctx, input }) => {
    const row = await ctx.services.db.badgeCredential.findFirst({
      where: { programId: ctx.programId, ...input },
      include: WITH_REWARD,
    });
    if (row === null) throw notFound('badge');
    return credentialView(row, ctx.services.settings, ctx.services.now());
  });

export const list = query()
  .meta({
    rest: 'listBadges GET /badges',
    doc: "Lists the credentials of badges, the newest first; one member's when named.",
  })
  .input(anyMember([{ ...MEMBER, about: "Only this member's badges." }], pageFields).prefault({}))
  .output(pageAnswer(badgeAnswer))
  .query(async ({ ctx: { services, programId }, input }) =>
    readBadges(services, programId, await byMemberId(services.db, programId, input)),
  );

export const issue = mutation()
  .meta({
    rest: 'issueBadge POST /badges',
    doc:
      "Issues the credential of a reward's badge now instead of within a minute or two, or returns the one " +
      'on record. Refuses with `not_found` when there is no such badge, with `stage_forbids` when it is on ' +
      'hold, was taken back or has no definition yet, and with `issuer_key_unreadable` when `BADGE_SECRET` ' +
      'does not open the key that signs.',
  })
  .input(z.strictObject({ rewardId }))
  .output(badgeAnswer)
  .mutation(async ({ ctx, input }) => {
    const { tx, programId } = ctx;
    const { settings } = ctx.services;
    const now_ms = ctx.services.now();
    const outcome = await issueBadge(
      tx,
      {
        publicUrl: settings.publicUrl,
        issuerForm: settings.issuerForm ?? 'url',
        ring: settings.sealRing,
      },
      { programId, rewardId: input.rewardId, now_ms },
    );
    if (outcome.credentialId === null) throw refusalOf(outcome.reason);
    const row = await tx.badgeCredential.findUniqueOrThrow({
      where: { id: outcome.credentialId },
      include: WITH_REWARD,
    });
    return credentialView(row, settings, now_ms);
  });

function refusalOf(reason: 'not_a_badge' | 'not_available' | 'no_achievement') {
  switch (reason) {
    case 'not_a_badge':
      return notFound('badge');
    case 'no_achievement':
      return fail('stage_forbids', 'There is no achievement with the badge’s label yet: define it first.');
    case 'not_available':
      return fail('stage_forbids', 'The badge is on hold, or was taken back.');
  }
}
