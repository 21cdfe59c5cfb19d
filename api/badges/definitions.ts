import { z } from 'zod';
import { badgeUrls } from '../../domain/badges/urls.ts';
import { audit } from '../../engine/audit/record.ts';
import { cleanPng } from '../../engine/badges/png.ts';
import { newId } from '../../platform/ids.ts';
import type { BadgeDefinition } from '../../prisma/generated/client.ts';
import type { ApiSettings } from '../context.ts';
import { fail } from '../http/errors.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { name, pageFields } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';

const IMAGE_BYTES_MAX = 512_000;

/** Text of one or more lines. */
const lines = (length: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(length)
    .regex(/^(?:[^\p{Cc}]|[\n\t])+$/u, 'must not hold control characters but line ends and tabs');

const defineInput = z.strictObject({
  /** The label that the policy's benefit names. */
  label: z.string().min(1).max(100).regex(/\S/, 'must not be blank'),
  name,
  description: lines(2_000),
  criteria: lines(5_000),
  /** PNG in base64; null removes the picture, undefined leaves it as it is. */
  imagePng: z
    .base64()
    .max(Math.ceil(IMAGE_BYTES_MAX / 3) * 4)
    .nullish(),
});

/** Says what the badge of a label stands for. Called again, it changes the badges issued from then on. */
export const define = mutation('badges:write')
  .input(defineInput)
  .mutation(async ({ ctx, input }) => {
    const { tx, programId, actor } = ctx;
    const { label, imagePng, ...words } = input;
    const image = imagePng === undefined ? {} : { image: imagePng === null ? null : pictureOf(imagePng) };
    const now = new Date(ctx.services.now());
    const definition = await tx.badgeDefinition.upsert({
      where: { programId_label: { programId, label } },
      create: { programId, id: newId(now.getTime()), label, ...words, ...image, createdAt: now },
      update: { ...words, ...image, updatedAt: now },
    });
    const detail = { label, fields: Object.keys(input) };
    await audit(tx, { programId, actor, action: 'badge.defined', subject: definition.id, detail });
    return definitionView(definition, ctx.services.settings);
  });

/** The definitions of a program's badges, the newest first. */
export const achievements = query()
  .input(z.strictObject({ ...pageFields }).prefault({}))
  .query(async ({ ctx, input }) => {
    const rows = await ctx.services.db.badgeDefinition.findMany(newest({ programId: ctx.programId }, input));
    return newestPage(rows, input, (row) => definitionView(row, ctx.services.settings));
  });

function pictureOf(base64: string): Uint8Array<ArrayBuffer> {
  const png = cleanPng(Buffer.from(base64, 'base64'));
  if (png !== null) return new Uint8Array(png);
  throw fail('input_invalid', 'The input is not valid.', [
    { path: 'imagePng', message: 'must be a PNG of 1 to 2,048 pixels a side' },
  ]);
}

function definitionView(row: BadgeDefinition, settings: ApiSettings) {
  const urls = badgeUrls(settings.publicUrl);
  return {
    id: row.id,
    label: row.label,
    name: row.name,
    description: row.description,
    criteria: row.criteria,
    hasImage: row.image !== null,
    url: urls.definition(row.id),
    imageUrl: urls.definitionImage(row.id),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}
