import { z } from 'zod';
import { TOKEN_TTL_S } from '../../domain/tokens/token.ts';
import { notFound } from '../http/errors.ts';
import { mintToken } from '../tokens/mint.ts';
import { timeAnswer } from '../trpc/answers.ts';
import { scoped } from '../trpc/procedures.ts';
import { iso } from '../trpc/views.ts';
import { BY_ID, oneMember } from '../trpc/which-member.ts';

const tokenInput = oneMember(BY_ID, {
  redeem: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether the member may redeem with the token; else it only reads.' }),
  ttl_s: z
    .number()
    .int()
    .min(TOKEN_TTL_S.min)
    .max(TOKEN_TTL_S.max)
    .default(TOKEN_TTL_S.usual)
    .meta({ description: 'How long the token is good for, in seconds.' }),
}).meta({ examples: [{ externalId: 'user_42', redeem: false, ttl_s: 900 }] });

const tokenAnswer = z
  .strictObject({
    token: z.string().meta({
      description: 'For this member alone; treat it like a password.',
      examples: ['eyJhbGciOiJIUzI1NiJ9.e30.c2ln'],
    }),
    expiresAt: timeAnswer,
  })
  .meta({ id: 'MemberToken' });

/** Makes a token for one member. */
export const token = scoped()
  .meta({
    rest: 'createMemberToken POST /members/token',
    doc:
      'Makes a token with which one member reads what is theirs from a browser or an app, below ' +
      '`/programs/{programId}/me`, and redeems when `redeem` is true. Name the member by `id` or by ' +
      '`externalId`. Nothing is stored: a repeat makes another token, and each is good until its end. ' +
      'Refuses with `not_found` a member who is not there.',
    idempotency: 'none',
  })
  .input(tokenInput)
  .output(tokenAnswer)
  .mutation(async ({ ctx: { services, programId }, input: { id, externalId, ...rest } }) => {
    const which = id === undefined ? { externalId } : { id };
    const member = await services.members.read(programId, which);
    if (member === null) throw notFound('member');
    const minted = await mintToken(services.settings.linkSecret, {
      programId,
      memberId: member.id,
      mayRedeem: rest.redeem,
      now_ms: services.now(),
      ttl_s: rest.ttl_s,
    });
    return { token: minted.token, expiresAt: iso(minted.expiresAt) };
  });
