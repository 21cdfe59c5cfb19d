import { audit } from '../../engine/audit/record.ts';
import { isEndpoint } from '../../platform/outbound.ts';
import { fail } from '../http/errors.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { iso } from '../trpc/views.ts';
import { configureInput, tokenSettingsAnswer } from './schema.ts';

/** The procedures about whose tokens a program takes, and from which pages. */
export const settingsProcedures = {
  settings: query()
    .meta({
      rest: 'getTokenSettings GET /tokens/settings',
      doc:
        "Returns whose member tokens the program takes besides the engine's own, and from which web " +
        'pages they may come.',
    })
    .output(tokenSettingsAnswer)
    .query(async ({ ctx }) => {
      const row = await ctx.services.db.tokenSettings.findUnique({
        where: { programId: ctx.programId },
        omit: { programId: true },
      });
      return row === null
        ? { origins: [], jwksUrl: null, memberSignIn: false, updatedAt: null }
        : { ...row, updatedAt: iso(row.updatedAt) };
    }),

  configure: mutation()
    .meta({
      rest: 'configureTokens PUT /tokens/settings',
      doc:
        'Sets from which web pages member tokens may come, where the host publishes the keys with which it ' +
        'signs tokens, and whether members may sign in here by their address. Replaces the settings as a ' +
        'whole: this process goes by them at once, every other within two seconds. Refuses with ' +
        '`endpoint_forbidden` when `jwksUrl` is not a public https address without user and fragment.',
    })
    .input(configureInput)
    .output(tokenSettingsAnswer)
    .mutation(async ({ ctx, input: { jwksUrl, memberSignIn, ...input } }) => {
      const { tx, programId, actor, services } = ctx;
      if (jwksUrl !== null && !isEndpoint(jwksUrl, services.settings.allowInternalEndpoints ?? false)) {
        throw fail('endpoint_forbidden', 'A key set has a public https address, without user and fragment.');
      }
      const origins = [...new Set(input.origins)];
      const row = { origins, jwksUrl, memberSignIn, updatedAt: new Date(services.now()) };
      await tx.tokenSettings.upsert({
        where: { programId },
        create: { programId, ...row },
        update: row,
        select: { programId: true },
      });
      const detail = { origins, jwksUrl, memberSignIn };
      await audit(tx, { programId, actor, action: 'tokens.configured', subject: programId, detail });
      ctx.afterCommit(() => services.memberAuth.forget(programId));
      return { ...row, updatedAt: iso(row.updatedAt) };
    }),
};
