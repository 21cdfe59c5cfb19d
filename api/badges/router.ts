import { z } from 'zod';
import { badgeUrls } from '../../domain/badges/credential.ts';
import { audit } from '../../engine/audit/record.ts';
import { issueBadge } from '../../engine/badges/issue.ts';
import { rotateIssuerKey } from '../../engine/badges/keys.ts';
import { cleanPng } from '../../engine/badges/png.ts';
import { newId } from '../../platform/ids.ts';
import type { Achievement } from '../../prisma/generated/client.ts';
import type { ApiSettings } from '../context.ts';
import { fail, notFound } from '../http/errors.ts';
import { after, encodePosition, newestFirst, pageOf } from '../trpc/cursor.ts';
import { findMember } from '../trpc/lookups.ts';
import { mutation, query, router } from '../trpc/procedures.ts';
import { id, name, pageFields } from '../trpc/schemas.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { type FoundCredential, recordedStanding } from './find.ts';

const IMAGE_BYTES_MAX = 512_000;

/** Some lines of text. */
const lines = (length: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(length)
    .regex(/^(?:[^\p{Cc}]|[\n\t])+$/u, 'must not hold control characters but line ends and tabs');

const defineInput = z.strictObject({
  /** As the policy's benefit names it. */
  label: z.string().min(1).max(100).regex(/\S/, 'must not be blank'),
  name,
  description: lines(2_000),
  criteria: lines(5_000),
  /** PNG in base64; null takes it away, left out it stays as it is. */
  imagePng: z
    .base64()
    .max(Math.ceil(IMAGE_BYTES_MAX / 3) * 4)
    .nullish(),
});

export const badgesRouter = router({
  /** Says what the badge of a label stands for; said again, it changes what is issued from then on. */
  define: mutation('badges:write')
    .input(defineInput)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const { label, imagePng, ...words } = input;
      const image = imagePng === undefined ? {} : { image: imagePng === null ? null : pictureOf(imagePng) };
      const now = new Date(ctx.services.now());
      const achievement = await tx.achievement.upsert({
        where: { programId_label: { programId, label } },
        create: { programId, id: newId(now.getTime()), label, ...words, ...image, createdAt: now },
        update: { ...words, ...image, updatedAt: now },
      });
      const detail = { label, fields: Object.keys(input) };
      await audit(tx, { programId, actor, action: 'badge.defined', subject: achievement.id, detail });
      return achievementView(achievement, ctx.services.settings);
    }),

  achievements: query()
    .input(z.strictObject({ ...pageFields }).prefault({}))
    .query(async ({ ctx, input: { cursor, limit } }) => {
      const rows = await ctx.services.db.achievement.findMany({
        where: { programId: ctx.programId, ...after(cursor) },
        orderBy: newestFirst(),
        take: limit + 1,
      });
      return pageOf(rows, limit, encodePosition, (row) => achievementView(row, ctx.services.settings));
    }),

  /** A credential, by its id or its reward's. */
  get: query()
    .input(z.union([z.strictObject({ id }), z.strictObject({ rewardId: id })]))
    .query(async ({ ctx, input }) => {
      const row = await ctx.services.db.badgeCredential.findFirst({
        where: { programId: ctx.programId, ...input },
        include: { reward: { select: { status: true, expiresAt: true } } },
      });
      if (row === null) throw notFound('badge');
      return credentialView(row, ctx.services.settings, ctx.services.now());
    }),

  /** Credentials, the newest first; of one member when asked. */
  list: query()
    .input(z.strictObject({ ...pageFields, memberId: id.optional() }).prefault({}))
    .query(async ({ ctx, input: { cursor, limit, memberId } }) => {
      const rows = await ctx.services.db.badgeCredential.findMany({
        where: {
          programId: ctx.programId,
          ...(memberId === undefined ? {} : { memberId }),
          ...after(cursor),
        },
        include: { reward: { select: { status: true, expiresAt: true } } },
        orderBy: newestFirst(),
        take: limit + 1,
      });
      const now_ms = ctx.services.now();
      return pageOf(rows, limit, encodePosition, (row) => credentialView(row, ctx.services.settings, now_ms));
    }),

  /** Issues a reward's credential now, which would come by itself within a minute or two; gives the one there is. */
  issue: mutation('badges:write')
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
        include: { reward: { select: { status: true, expiresAt: true } } },
      });
      return credentialView(row, settings, now_ms);
    }),

  /** What a member allows badges that are issued from now on to say about them. */
  setRecipient: mutation('members:write')
    .input(
      z.strictObject({
        memberId: id,
        displayName: name.nullable(),
        identity: z.enum(['account', 'email']).default('account'),
      }),
    )
    .mutation(async ({ ctx, input: { memberId, displayName, identity } }) => {
      const { tx, programId } = ctx;
      await findMember(tx, programId, memberId);
      await tx.badgeRecipient.upsert({
        where: { programId_memberId: { programId, memberId } },
        create: { programId, memberId, displayName, identity },
        update: { displayName, identity },
        select: { memberId: true },
      });
      return { memberId, displayName, identity };
    }),

  /** The public keys that ever signed, the newest first. */
  keys: query().query(async ({ ctx }) => {
    const rows = await ctx.services.db.badgeIssuerKey.findMany({
      where: { programId: ctx.programId },
      orderBy: newestFirst(),
    });
    const items = rows.map(({ id: keyId, publicKeyMultibase, createdAt, retiredAt }) => ({
      id: keyId,
      publicKeyMultibase,
      createdAt: iso(createdAt),
      retiredAt: isoOrNull(retiredAt),
    }));
    return { items };
  }),

  /** Puts a new key to work. What the old one signed stays valid. */
  rotateKey: mutation('keys:write').mutation(async ({ ctx }) => {
    const { tx, programId, actor } = ctx;
    const rotated = await rotateIssuerKey(tx, programId, ctx.services.settings.badgeSecret);
    const { publicKeyMultibase: subject, retired } = rotated;
    await audit(tx, { programId, actor, action: 'badge.key_rotated', subject, detail: { retired } });
    return rotated;
  }),
});

function pictureOf(base64: string): Uint8Array<ArrayBuffer> {
  const png = cleanPng(Buffer.from(base64, 'base64'));
  if (png !== null) return new Uint8Array(png);
  throw fail('input_invalid', 'The input is not valid.', [
    { path: 'imagePng', message: 'must be a PNG of 1 to 2,048 pixels a side' },
  ]);
}

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

function achievementView(row: Achievement, settings: ApiSettings) {
  const urls = badgeUrls(settings.publicUrl);
  return {
    id: row.id,
    label: row.label,
    name: row.name,
    description: row.description,
    criteria: row.criteria,
    hasImage: row.image !== null,
    url: urls.achievement(row.id),
    imageUrl: urls.achievementImage(row.id),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}

function credentialView(row: FoundCredential, settings: ApiSettings, now_ms: number) {
  const urls = badgeUrls(settings.publicUrl);
  return {
    id: row.id,
    rewardId: row.rewardId,
    achievementId: row.achievementId,
    memberId: row.memberId,
    status: recordedStanding(row.reward, now_ms),
    issuedAt: iso(row.issuedAt),
    url: urls.credential(row.id),
    shareUrl: urls.verify(row.id),
    svgUrl: urls.bakedSvg(row.id),
    pngUrl: urls.bakedPng(row.id),
  };
}
