import { z } from 'zod';
import { isUnit } from '../../domain/iso4217.ts';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import { policyToJson } from '../../domain/policies/json.ts';
import { audit } from '../../engine/audit/record.ts';
import { latestPolicy } from '../../engine/policies/latest.ts';
import type { Database } from '../../prisma/client.ts';
import type { PolicyVersion } from '../../prisma/generated/client.ts';
import { fail, notFound, unwrap } from '../http/errors.ts';
import { decodeNumber, encodeNumber, pageOf } from '../trpc/cursor.ts';
import { mutation, query, router } from '../trpc/procedures.ts';
import { pageFields } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';
import { publishPolicy } from './publish.ts';
import { type PolicyInput, policySchema } from './schema.ts';

const view = (row: PolicyVersion) => ({
  version: row.version,
  // Stored by `publishPolicy`, which checked it against the same schema.
  policy: row.body as unknown as PolicyInput,
  publishedAt: iso(row.publishedAt),
});

export const policiesRouter = router({
  /**
   * Publishes the next version: it rules referrals that begin from now on; those under way keep theirs. Sets
   * the budget too.
   */
  publish: mutation('policies:write')
    .input(z.strictObject({ policy: policySchema }))
    .mutation(async ({ ctx, input }) => {
      const now = new Date(ctx.services.now());
      const version = unwrap(await publishPolicy(ctx.tx, ctx.programId, input.policy, now));
      const subject = `policy:${version}`;
      await audit(ctx.tx, {
        programId: ctx.programId,
        actor: ctx.actor,
        action: 'policy.published',
        subject,
      });
      return { version };
    }),

  /** One version; left out: the one in force. */
  get: query()
    .input(z.strictObject({ version: z.number().int().min(1).max(2_147_483_647).optional() }).default({}))
    .query(async ({ ctx, input }) => {
      const row = await readVersion(ctx.services.db, ctx.programId, input.version);
      if (row === null) throw notFound('policy version');
      return view(row);
    }),

  /** All versions, the newest first. */
  list: query()
    .input(z.strictObject(pageFields).prefault({}))
    .query(async ({ ctx, input: { cursor, limit } }) => {
      const before = cursor == null ? {} : { version: { lt: versionOf(cursor) } };
      const rows = await ctx.services.db.policyVersion.findMany({
        where: { programId: ctx.programId, ...before },
        orderBy: { version: 'desc' },
        take: limit + 1,
      });
      return pageOf(rows, limit, (row) => encodeNumber(BigInt(row.version)), view);
    }),

  /** The built-in policy in a unit: a start for one's own. */
  builtin: query()
    .input(z.strictObject({ unit: z.string().max(32).default('USD') }).prefault({}))
    .query(({ input }) => {
      if (!isUnit(input.unit)) {
        throw fail('unit_unknown', 'A unit is an active ISO 4217 code, PTS, or PTS_ and a name.');
      }
      return { policy: policyToJson(builtinPolicy(input.unit)) as unknown as PolicyInput };
    }),
});

const readVersion = (db: Database, programId: string, version: number | undefined) =>
  version === undefined
    ? latestPolicy(db, programId)
    : db.policyVersion.findUnique({ where: { programId_version: { programId, version } } });

/** Versions are 32-bit numbers; a cursor above them is past every version. */
const versionOf = (cursor: string): number => Math.min(Number(decodeNumber(cursor)), 2_147_483_647);
