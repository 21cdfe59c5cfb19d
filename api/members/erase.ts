import { z } from 'zod';
import { normalizeEmail } from '../../domain/members/email.ts';
import { underWayRefusal } from '../../domain/members/under-way.ts';
import { BADGE_CHOICES, ERASURE_REASONS } from '../../domain/privacy/erasure.ts';
import { audit } from '../../engine/audit/record.ts';
import { isRedeeming } from '../../engine/members/redeeming.ts';
import { mailboxMarks } from '../../engine/privacy/do-not-track.ts';
import { erasureReport } from '../events/erasure-report.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { idAnswer, timeAnswer } from '../trpc/answers.ts';
import { memberIdOf, namedById } from '../trpc/lookups.ts';
import { decidedMutation, mutation, query } from '../trpc/procedures.ts';
import { email, waitMs } from '../trpc/schemas.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { BY_ID, oneMember } from '../trpc/which-member.ts';
import { memberCommandAnswer } from './schema.ts';
import { commandMember } from './word.ts';

const eraseInput = oneMember(BY_ID, {
  reason: z.enum(ERASURE_REASONS).meta({
    description: 'Why; the audit log keeps it. Nobody’s own words are kept of an erasure.',
    examples: ['request'],
  }),
  badges: z
    .enum(BADGE_CHOICES)
    .default('revoke')
    .meta({
      description:
        'What becomes of the member’s badges: `revoke` takes them back and empties them; `keep` leaves ' +
        'them as they were signed, with the name that the member let them show.',
    }),
  wait_ms: waitMs,
});

const erasureAnswer = z
  .strictObject({
    memberId: idAnswer,
    eventId: idAnswer.meta({ description: 'The command that began it.' }),
    badges: z.enum(BADGE_CHOICES),
    begunAt: timeAnswer,
    endedAt: timeAnswer.nullable().meta({ description: 'Null while parts are left.' }),
    report: erasureReport.nullable().meta({ description: 'Null until the end.' }),
  })
  .meta({ id: 'Erasure', description: 'An erasure of a member: the last one.' });

/** An operator erases a member, and reads what came of it. */
export const eraseProcedures = {
  erase: decidedMutation()
    .meta({
      rest: 'eraseMember POST /members/{id}/erase',
      doc:
        'Erases what is personal of a member everywhere, for good. The member is blocked at once; what ' +
        'they have on hold is taken back; their balance stays on the books under a pseudonym. The ' +
        'member’s workflow carries this out: `wait_ms` waits for its decision, whose `erasure` says what ' +
        'was done and what the law keeps. A repeat erases what came since. Refuses with `member_unknown`, ' +
        'and with `redemption_under_way` while a redemption of theirs is.',
    })
    .input(eraseInput)
    .output(memberCommandAnswer)
    .mutation(({ ctx, input: { reason, badges, ...input } }) =>
      commandMember(ctx, 'member.erased', input, { reason, badges }, async ({ id }) => {
        if (await isRedeeming(ctx.tx, ctx.programId, id)) unwrap(underWayRefusal);
      }),
    ),

  readmit: mutation()
    .meta({
      rest: 'readmitMember POST /members/readmit',
      doc:
        'Takes a mailbox off the do-not-track list: who was erased wants to come back, and may do so as a ' +
        'new member under a new external id. Ids that led to the erased member, and events of theirs, ' +
        'are refused for good. Answers whether the mailbox stood there.',
    })
    .input(z.strictObject({ email }))
    .output(z.strictObject({ lifted: z.boolean() }).meta({ id: 'Readmission' }))
    .mutation(async ({ ctx: { tx, programId, actor, services }, input }) => {
      unwrap(normalizeEmail(input.email));
      const marks = mailboxMarks(services.settings.hashSecret, programId, input.email);
      const [row] = await tx.doNotTrack.findMany({
        where: { programId, hash: { in: marks.map(({ hash }) => hash) } },
      });
      if (row === undefined) return { lifted: false };
      const { hash, memberId } = row;
      await tx.doNotTrack.delete({ where: { programId_hash: { programId, hash } } });
      await audit(tx, { programId, actor, action: 'member.readmitted', subject: `member:${memberId}` });
      return { lifted: true };
    }),

  erasure: query()
    .meta({
      rest: 'getMemberErasure GET /members/{id}/erasure',
      doc: 'Returns the last erasure of a member, with its report. Refuses with `not_found`.',
    })
    .input(oneMember(BY_ID, {}))
    .output(erasureAnswer)
    .query(async ({ ctx: { services, programId }, input }) => {
      const memberId = await memberIdOf(services.db, programId, namedById(input));
      const where = { programId_memberId: { programId, memberId } };
      const row = await services.db.erasure.findUnique({ where });
      if (row === null) throw notFound('erasure');
      return {
        memberId,
        eventId: row.eventId,
        badges: row.badges === 'keep' ? 'keep' : 'revoke',
        begunAt: iso(row.begunAt),
        endedAt: isoOrNull(row.endedAt),
        report: row.report as z.infer<typeof erasureReport> | null,
      } as const;
    }),
};
