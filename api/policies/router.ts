import { z } from 'zod';
import { checkLiving } from '../../domain/iso4217.ts';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import { policyToJson } from '../../domain/policies/json.ts';
import { audit } from '../../engine/audit/record.ts';
import { heldInOtherUnits } from '../../engine/policies/earlier-unit.ts';
import { latestPolicy } from '../../engine/policies/latest.ts';
import type { Database } from '../../prisma/client.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { router } from '../trpc/builder.ts';
import { decodeNumber, encodeNumber, pageOf } from '../trpc/cursor.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { pageFields, unitCode } from '../trpc/schemas.ts';
import { moneyJsonOf } from '../trpc/views.ts';
import { builtinPolicyAnswer, policyVersionAnswer, publishedPolicyAnswer } from './answers.ts';
import { publishPolicy } from './publish.ts';
import { type PolicyInput, policyInput } from './schema.ts';
import { versionViews } from './view.ts';

const whichVersion = z
  .strictObject({
    version: z
      .number()
      .int()
      .min(1)
      .max(2_147_483_647)
      .optional()
      .meta({ description: 'The number of a version.', examples: [3] }),
  })
  .default({});

const builtinInput = z
  .strictObject({
    unit: unitCode
      .default('USD')
      .meta({ description: 'A code of ISO 4217 in use, `PTS`, or `PTS_` and a name.', examples: ['EUR'] }),
  })
  .prefault({});

export const policiesRouter = router({
  publish: mutation()
    .meta({
      rest: 'publishPolicy POST /policies',
      doc:
        'Publishes the next version of the policy: it rules referrals that begin from now on; those under ' +
        'way keep theirs. Sets the budget too. Returns the number of the version, and what members have in ' +
        'units of earlier ones. Refusals: ' +
        '`unit_withdrawn`, `policy_invalid` and `condition_invalid`, whose message names up to ten ' +
        'mistakes with their places; `floor_reached` when more has been granted than the budget allows.',
    })
    .input(z.strictObject({ policy: policyInput }))
    .output(publishedPolicyAnswer)
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
      const held = await heldInOtherUnits(ctx.tx, ctx.programId, input.policy.unit);
      const earlierUnits = held.map(({ unit, pending_minor, available_minor, reserved_minor }) => ({
        unit,
        pending: moneyJsonOf(pending_minor, unit),
        available: moneyJsonOf(available_minor, unit),
        reserved: moneyJsonOf(reserved_minor, unit),
      }));
      return { version, earlierUnits };
    }),

  get: query()
    .meta({
      rest: ['getPolicy GET /policy', 'getPolicyVersion GET /policies/{version}'],
      doc: 'Returns one version of the policy; without a number, the one in force.',
    })
    .input(whichVersion)
    .output(policyVersionAnswer)
    .query(async ({ ctx, input }) => {
      const row = await readVersion(ctx.services.db, ctx.programId, input.version);
      if (row === null) throw notFound('policy version');
      const [answer] = await versionViews(ctx.services.db, [row]);
      if (answer === undefined) throw new Error('a version has no view');
      return answer;
    }),

  list: query()
    .meta({
      rest: 'listPolicies GET /policies',
      doc: 'Lists all versions of the policy, the newest first, each with the whole policy.',
    })
    .input(z.strictObject(pageFields).prefault({}))
    .output(pageAnswer(policyVersionAnswer))
    .query(async ({ ctx, input: { cursor, limit } }) => {
      const before = cursor == null ? {} : { version: { lt: versionOf(cursor) } };
      const rows = await ctx.services.db.policyVersion.findMany({
        where: { programId: ctx.programId, ...before },
        orderBy: { version: 'desc' },
        take: limit + 1,
      });
      const { items, nextCursor } = pageOf(
        rows,
        limit,
        (row) => encodeNumber(BigInt(row.version)),
        (row) => row,
      );
      return { items: await versionViews(ctx.services.db, items), nextCursor };
    }),

  builtin: query()
    .meta({
      rest: 'getBuiltinPolicy GET /policies/builtin',
      doc:
        "Returns the built-in policy in a unit: a start for one's own. Refusals: `unit_unknown`, " +
        '`unit_withdrawn`.',
    })
    .input(builtinInput)
    .output(builtinPolicyAnswer)
    .query(({ ctx, input }) => {
      const unit = unwrap(checkLiving(input.unit, ctx.services.now()));
      return { policy: policyToJson(builtinPolicy(unit)) as unknown as PolicyInput };
    }),
});

const readVersion = (db: Database, programId: string, version: number | undefined) =>
  version === undefined
    ? latestPolicy(db, programId)
    : db.policyVersion.findUnique({ where: { programId_version: { programId, version } } });

/** Versions are 32-bit numbers; a cursor above them is past every version. */
const versionOf = (cursor: string): number => Math.min(Number(decodeNumber(cursor)), 2_147_483_647);
