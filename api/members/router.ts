import { z } from 'zod';
import { EMAIL_KEY_RULES, normalizeEmail } from '../../domain/members/email.ts';
import { erasedRefusal } from '../../domain/privacy/erasure.ts';
import { COUNTS_ALONE } from '../../engine/members/row.ts';
import { isErased } from '../../engine/privacy/do-not-track.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { router } from '../trpc/builder.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { memberIdOf, namedById } from '../trpc/lookups.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { dateFields, email, externalId, pageFields, timeZone } from '../trpc/schemas.ts';
import { BY_ID, idOrElse, oneMember } from '../trpc/which-member.ts';
import { blockProcedures } from './block.ts';
import { changeMember, findKnown } from './change.ts';
import { createMember, type NewMember } from './create.ts';
import { eraseProcedures } from './erase.ts';
import { exportMember } from './export.ts';
import { changeExternalId } from './external-id.ts';
import { memberFilters, memberWhere, splitMember } from './filter.ts';
import { mergeProcedure } from './merge.ts';
import { memberAnswer } from './schema.ts';
import { token } from './token.ts';
import { memberView } from './view.ts';

const locale = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/, 'must be a BCP 47 language tag')
  .meta({ description: 'A language (BCP 47).', examples: ['en'] });

/** Line breaks and invisible characters would let one member pass for another. */
const displayName = z
  .string()
  .trim()
  .min(1)
  .max(40)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, 'must not hold control characters or invisible ones')
  .meta({ examples: ['Ann'] });

const upsertInput = z.strictObject({
  externalId,
  /** null removes the address that is on record. */
  email: email.nullish(),
  locale: locale.optional(),
  timeZone: timeZone.optional(),
});

type UpsertInput = z.infer<typeof upsertInput>;

/** By our id or by the host's. */
const whichMember = z.union([z.strictObject({ id: idOrElse('externalId') }), z.strictObject({ externalId })]);

export const membersRouter = router({
  upsert: mutation()
    .meta({
      rest: 'upsertMember PUT /members',
      doc:
        "Creates or changes a member by the host's id. A new member gets a referral code and a shared link " +
        'with this code.',
    })
    .input(upsertInput)
    .output(memberAnswer.extend({ created: z.boolean() }).meta({ id: 'UpsertedMember' }))
    .mutation(async ({ ctx, input }) => {
      const wanted = newMember(ctx.programId, input);
      const { hashSecret } = ctx.services.settings;
      if (await isErased(ctx.tx, hashSecret, wanted)) unwrap(erasedRefusal);
      const existing = await findKnown(ctx.tx, wanted);
      const made = existing === null ? await createMember(ctx.tx, wanted) : null;
      const known = existing ?? made ?? (await findKnown(ctx.tx, wanted));
      if (known === null) throw new Error('a member is neither there nor made');
      const member = made ?? (await changeMember(ctx.tx, known, input, wanted));
      ctx.afterCommit(() => ctx.services.links.forget(member.referralCode));
      return { ...memberView(member, ctx.principal), created: made !== null };
    }),

  setDisplayName: mutation()
    .meta({
      rest: 'setMemberDisplayName PUT /members/{id}/display-name',
      doc:
        'Sets what others see of the member on leaderboards. Null hides the member from others; the ' +
        'member keeps their rank.',
    })
    .input(oneMember(BY_ID, { displayName: displayName.nullable() }))
    .output(memberAnswer)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId } = ctx;
      const { displayName } = input;
      const id = await memberIdOf(tx, programId, namedById(input));
      const [member] = await tx.member.updateManyAndReturn({
        where: { programId, id, erasedAt: null },
        data: { displayName },
      });
      if (member === undefined) throw notFound('member');
      return memberView(member, ctx.principal);
    }),

  get: query()
    .meta({
      rest: ['getMember GET /members/{id}', 'getMemberByExternalId GET /members/external/{externalId}'],
      doc: "Returns one member, by our id or by the host's.",
    })
    .input(whichMember)
    .output(memberAnswer)
    .query(async ({ ctx, input }) => {
      const member = await ctx.services.members.read(ctx.programId, input);
      if (member === null) throw notFound('member');
      return memberView(member, ctx.principal);
    }),

  token,

  ...blockProcedures,

  changeExternalId,

  export: exportMember,

  ...eraseProcedures,
  merge: mergeProcedure,

  list: query()
    .meta({
      rest: 'listMembers GET /members',
      doc:
        "Lists members, the newest first; by the host's id, an e-mail address or a referral code, and by " +
        'when they were made, when asked. An address needs the scope `emails:read`.',
    })
    .input(z.strictObject({ ...pageFields, ...memberFilters, ...dateFields }).prefault({}))
    .output(pageAnswer(memberAnswer))
    .query(async ({ ctx: { programId, principal, services }, input }) => {
      const { member, rest } = splitMember(input);
      const where = { programId, ...memberWhere(principal, member) };
      const rows = await services.db.member.findMany({ ...newest(where, rest), omit: COUNTS_ALONE });
      return newestPage(rows, input, (row) => memberView(row, principal));
    }),
});

function newMember(programId: string, input: UpsertInput): NewMember {
  const normal = input.email == null ? null : unwrap(normalizeEmail(input.email));
  return {
    programId,
    externalId: input.externalId,
    email: normal?.email ?? null,
    emailKey: normal?.key ?? null,
    emailKeyRules: EMAIL_KEY_RULES,
    locale: input.locale,
    timeZone: input.timeZone,
  };
}
