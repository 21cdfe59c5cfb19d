import { z } from 'zod';
import { badgeUrls } from '../../domain/badges/urls.ts';
import { audit } from '../../engine/audit/record.ts';
import { cleanPng } from '../../engine/badges/png.ts';
import { newId } from '../../platform/ids.ts';
import type { BadgeDefinition } from '../../prisma/generated/client.ts';
import type { ApiSettings } from '../context.ts';
import { fail } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { name, pageFields } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';
import { badgeDefinitionAnswer } from './schema.ts';

const IMAGE_BYTES_MAX = 512_000;

/** Text of one or more lines. */
const lines = (length: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(length)
    .regex(/^(?:[^\p{Cc}]|[\n\t])+$/u, 'must not hold control characters but line ends and tabs');

const defineInput = z
  .strictObject({
    label: z
      .string()
      .min(1)
      .max(100)
      .regex(/\S/, 'must not be blank')
      .meta({ description: "The label that the policy's benefit names." }),
    name,
    description: lines(2_000),
    criteria: lines(5_000).meta({ description: 'What it takes to earn the badge.' }),
    imagePng: z
      .base64()
      .max(Math.ceil(IMAGE_BYTES_MAX / 3) * 4)
      .nullish()
      .meta({
        description:
          'A PNG of 1 to 2,048 pixels a side, in base64. Null removes the picture; left out, it stays as ' +
          'it is.',
      }),
  })
  .meta({
    examples: [
      {
        label: 'Connector',
        name: 'Connector',
        description: 'Brought three friends to the shop.',
        criteria: 'Three friends made their first purchase.',
      },
    ],
  });

export const define = mutation()
  .meta({
    rest: 'defineBadge PUT /badges/definitions',
    doc:
      'Defines what the badge of a label stands for. Called again for the same label, it changes the ' +
      'badges issued from then on; what was signed stays as it was. Refuses with `input_invalid` when the ' +
      'picture is no PNG that can be used.',
  })
  .input(defineInput)
  .output(badgeDefinitionAnswer)
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

export const achievements = query()
  .meta({
    rest: 'listBadgeDefinitions GET /badges/definitions',
    doc: "Lists the definitions of a program's badges, the newest first.",
  })
  .input(z.strictObject({ ...pageFields }).prefault({}))
  .output(pageAnswer(badgeDefinitionAnswer))
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

function definitionView(row: BadgeDefinition, settings: ApiSettings): z.infer<typeof badgeDefinitionAnswer> {
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
