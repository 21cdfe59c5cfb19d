import { z } from 'zod';
import { ROLES } from '../../domain/operators/roles.ts';
import { idAnswer, timeAnswer } from '../trpc/answers.ts';

export const role = z.enum(ROLES).meta({ examples: ['finance'] });

export const operatorAnswer = z
  .strictObject({
    userId: idAnswer,
    name: z.string(),
    email: z.string().meta({ format: 'email', examples: ['ann@example.com'] }),
    role,
    createdAt: timeAnswer,
  })
  .meta({ id: 'Operator', description: 'A user who signs in to the program, and in which role.' });

export const operatorInvitationAnswer = z
  .strictObject({
    id: idAnswer,
    email: z.string().meta({ format: 'email', examples: ['ann@example.com'] }),
    role,
    createdAt: timeAnswer,
    expiresAt: timeAnswer,
    acceptedAt: timeAnswer.nullable(),
    revokedAt: timeAnswer.nullable().meta({ description: 'Revoked, or replaced by a later one.' }),
  })
  .meta({ id: 'OperatorInvitation' });

export const changedOperatorAnswer = z
  .strictObject({
    userId: idAnswer,
    role: role.nullable().meta({ description: 'Null: no operator any more.' }),
  })
  .meta({ id: 'ChangedOperator' });

export const acceptedInvitationAnswer = z
  .strictObject({ programId: idAnswer, program: z.string(), role })
  .meta({ id: 'AcceptedInvitation' });
