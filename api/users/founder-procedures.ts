import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { notFound } from '../http/errors.ts';
import { idAnswer } from '../trpc/answers.ts';
import { platformMutation } from '../trpc/procedures.ts';
import { address } from './schema.ts';

const may = z.boolean().meta({ description: 'Whether the user may make programs.' });

/** Who may make programs, besides platform keys. */
export const founderProcedures = {
  setFounder: platformMutation()
    .meta({
      rest: 'setFounder PUT /platform/founders',
      doc:
        'Gives a user the right to make programs, or takes it away: what they have made stays theirs. ' +
        'Platform keys only. Refusal: `not_found`.',
    })
    .input(z.strictObject({ email: address, mayCreatePrograms: may }))
    .output(z.strictObject({ userId: idAnswer, mayCreatePrograms: may }).meta({ id: 'Founder' }))
    .mutation(async ({ ctx: { tx, actor }, input: { email, mayCreatePrograms } }) => {
      const user = await tx.user.findUnique({
        where: { email },
        select: { id: true, mayCreatePrograms: true },
      });
      if (user === null) throw notFound('user');
      if (user.mayCreatePrograms !== mayCreatePrograms) {
        await tx.user.update({ where: { id: user.id }, data: { mayCreatePrograms }, select: { id: true } });
        const entry = { programId: null, actor, action: 'user.founder_set', subject: user.id };
        await audit(tx, { ...entry, detail: { mayCreatePrograms } });
      }
      return { userId: user.id, mayCreatePrograms };
    }),
};
