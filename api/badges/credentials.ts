import { z } from 'zod';
import { badgeUrls } from '../../domain/badges/urls.ts';
import { issueBadge } from '../../engine/badges/issue.ts';
import type { ApiSettings } from '../context.ts';
import { fail, notFound } from '../http/errors.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';
import { type FoundCredential, recordedState, WITH_REWARD } from './find.ts';

/** A credential, by its id or by its reward's id. */
export const get = query()
  .input(z.union([z.strictObject({ id }), z.strictObject({ rewardId: id })]))
  .query(async ({ ctx, input }) => {
    const row = await ctx.services.db.badgeCredential.findFirst({
      where: { programId: ctx.programId, ...input },
      include: WITH_REWARD,
    });
    if (row === null) throw notFound('badge');
    return credentialView(row, ctx.services.settings, ctx.services.now());
  });

/** Credentials, the newest first; one member's when `memberId` is given. */
export const list = query()
  .input(z.strictObject({ ...pageFields, memberId: id.optional() }).prefault({}))
  .query(async ({ ctx, input }) => {
    const rows = await ctx.services.db.badgeCredential.findMany({
      ...newest({ programId: ctx.programId }, input),
      include: WITH_REWARD,
    });
    const now_ms = ctx.services.now();
    return newestPage(rows, input, (row) => credentialView(row, ctx.services.settings, now_ms));
  });

/**
 * Issues a reward's credential now instead of within a minute or two, or returns the one on record. Refusals:
 * `not_found`, `stage_forbids`.
 */
export const issue = mutation('badges:write')
  .input(z.strictObject({ rewardId: id }))
  .mutation(async ({ ctx, input: { rewardId } }) => {
    const { tx, programId } = ctx;
    const { settings } = ctx.services;
    const now_ms = ctx.services.now();
    const made = await issueBadge(
      tx,
      { publicUrl: settings.publicUrl, secret: settings.badgeSecret },
      { programId, rewardId, now_ms },
    );
    if (made.credentialId === null) throw refusalOf(made.reason);
    const row = await tx.badgeCredential.findUniqueOrThrow({
      where: { id: made.credentialId },
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

function credentialView(row: FoundCredential, settings: ApiSettings, now_ms: number) {
  const urls = badgeUrls(settings.publicUrl);
  return {
    id: row.id,
    rewardId: row.rewardId,
    achievementId: row.definitionId,
    memberId: row.memberId,
    status: recordedState(row.reward, now_ms),
    issuedAt: iso(row.issuedAt),
    url: urls.credential(row.id),
    shareUrl: urls.verify(row.id),
    svgUrl: urls.bakedSvg(row.id),
    pngUrl: urls.bakedPng(row.id),
  };
}
