import { mayBeCalled } from '../../domain/members/host-id.ts';
import { erasedRefusal } from '../../domain/privacy/erasure.ts';
import { memberIdBy } from '../../engine/members/find.ts';
import { isErased } from '../../engine/privacy/do-not-track.ts';
import { unwrap } from '../http/errors.ts';
import { decidedMutation } from '../trpc/procedures.ts';
import { externalId, requiredNote, waitMs } from '../trpc/schemas.ts';
import { oneMember } from '../trpc/which-member.ts';
import { memberCommandAnswer } from './schema.ts';
import { commandMember } from './word.ts';

/** The member, since `externalId` is what they are to have. */
const PRESENT = { ours: 'id', theirs: 'currentExternalId' } as const;

/** An operator gives a member another external id. */
export const changeExternalId = decidedMutation()
  .meta({
    rest: 'changeMemberExternalId POST /members/{id}/external-id',
    doc:
      "Changes the host's id of a member. Every id that they had before leads to them too: events, tokens " +
      'and lookups may name any. `wait_ms` waits for the decision of the member’s workflow, and `eventId` ' +
      'leads to it later, as with `explain.event`. Refuses with `member_unknown`, and with ' +
      '`external_id_taken` an id that leads to a member already, this one too where it is theirs now.',
  })
  .input(oneMember(PRESENT, { externalId, note: requiredNote, wait_ms: waitMs }))
  .output(memberCommandAnswer)
  .mutation(({ ctx, input: { externalId: wanted, currentExternalId, ...input } }) =>
    commandMember(
      ctx,
      'member.renamed',
      { ...input, externalId: currentExternalId },
      { externalId: wanted },
      async (member) => {
        const comer = { programId: ctx.programId, externalId: wanted };
        if (await isErased(ctx.tx, ctx.services.settings.hashSecret, comer)) unwrap(erasedRefusal);
        unwrap(mayBeCalled(member, wanted, await memberIdBy(ctx.tx, ctx.programId, wanted)));
      },
    ),
  );
