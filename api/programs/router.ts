import { SCOPES } from '../../domain/operators/scopes.ts';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import { audit } from '../../engine/audit/record.ts';
import { lockProgram } from '../../engine/programs/life.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Program } from '../../prisma/generated/client.ts';
import { fail, notFound, unwrap } from '../http/errors.ts';
import { createKey } from '../keys/create.ts';
import { allowedDestination } from '../links/destination.ts';
import { publishPolicy } from '../policies/publish.ts';
import { router } from '../trpc/builder.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { founderMutation } from '../trpc/user-procedures.ts';
import { budgetsView } from './budgets.ts';
import { programLife } from './life.ts';
import {
  createdProgramAnswer,
  createProgramInput,
  programAnswer,
  programWithBudgetsAnswer,
  testProgramAnswer,
  updateProgramInput,
} from './schema.ts';
import { makeTestMode } from './test-mode.ts';
import { programView } from './view.ts';

export const programsRouter = router({
  create: founderMutation()
    .meta({
      rest: 'createProgram POST /programs',
      doc:
        'Makes a program with its first policy and its first key, which has every scope and is shown this ' +
        'once. For platform keys, and users who may make programs: such a user becomes its owner. Returns ' +
        'the program, the version of its policy, and the key. Refusals: `slug_taken`, ' +
        '`destination_forbidden`, `policy_invalid`, `condition_invalid`, `program_ends_before_start`.',
      shownOnce: 'apiKey',
    })
    .input(createProgramInput)
    .output(createdProgramAnswer)
    .mutation(async ({ ctx, input }) => {
      const { policy, draft, startsAt = null, endsAt = null, ...settings } = input;
      const hosts = settings.allowedHosts ?? [new URL(settings.defaultDestination).hostname];
      const home = allowedDestination(
        settings.defaultDestination,
        hosts,
        ctx.services.settings.isDevelopment,
      );
      const now = new Date(ctx.services.now());
      const status = draft === true || startsAt !== null ? 'draft' : 'live';
      if (startsAt !== null && endsAt !== null && Date.parse(endsAt) <= Date.parse(startsAt)) {
        throw fail('program_ends_before_start', 'The program would end before it starts.');
      }
      const life = { status, startsAt, endsAt, statusAt: now, statusBy: ctx.actor } as const;
      const [program] = await ctx.tx.program.createManyAndReturn({
        data: [{ ...settings, ...life, id: newId(), allowedHosts: hosts, defaultDestination: home }],
        skipDuplicates: true,
      });
      if (program === undefined) throw fail('slug_taken', 'A program with this slug exists.');
      const policyVersion = unwrap(await publishPolicy(ctx.tx, program.id, policy ?? builtinPolicy(), now));
      const key = await createKey(ctx.tx, { programId: program.id, name: 'first key', scopes: SCOPES });
      if (ctx.founder !== null) {
        const owner = { programId: program.id, userId: ctx.founder.userId, role: 'owner' } as const;
        await ctx.tx.operator.create({ data: owner, select: { userId: true } });
      }
      await audit(ctx.tx, {
        programId: program.id,
        actor: ctx.actor,
        action: 'program.created',
        subject: program.id,
      });
      const apiKey: string | null = key.token;
      return { program: programView(program, now.getTime()), policyVersion, apiKeyId: key.id, apiKey };
    }),

  get: query()
    .meta({
      rest: 'getProgram GET /program',
      doc:
        'Returns the program that the key, or the header `x-program-id`, names, with its budgets as far as ' +
        'they have a cap.',
    })
    .output(programWithBudgetsAnswer)
    .query(async ({ ctx }) => {
      const program = await ctx.services.db.program.findUnique({ where: { id: ctx.programId } });
      if (program === null) throw notFound('program');
      return {
        ...programView(program, ctx.services.now()),
        budgets: await budgetsView(ctx.services.db, program.id),
      };
    }),

  createTest: mutation()
    .meta({
      rest: 'createTestProgram POST /program/test',
      doc:
        'Makes the test mode of the program: a program of its own with the same settings and the policy in ' +
        'force, and with a first key (`sk_test_…`), which may do what the asker may and is shown this ' +
        'once. Nothing of it is ever in the live program, nor the reverse. When it is there already, ' +
        'returns it without a key. Refuses with `mode_forbids` for a test program.',
      shownOnce: 'apiKey',
    })
    .output(testProgramAnswer)
    .mutation(async ({ ctx }) => {
      const now = new Date(ctx.services.now());
      const { program, key } = await makeTestMode(ctx, await lockedProgram(ctx.tx, ctx.programId), now);
      const view = programView(program, now.getTime());
      const apiKey: string | null = key?.token ?? null;
      return { program: view, created: key !== null, apiKeyId: key?.id ?? null, apiKey };
    }),

  update: mutation()
    .meta({
      rest: 'updateProgram PATCH /program',
      doc:
        'Changes settings of the program; what is left out stays as it is. Returns the program as it is ' +
        'then. Refuses, with `destination_forbidden`, a default destination off the allowed hosts, ' +
        'whichever of the two changes.',
    })
    .input(updateProgramInput)
    .output(programAnswer)
    .mutation(async ({ ctx, input }) => {
      const before = await lockedProgram(ctx.tx, ctx.programId);
      const hosts = input.allowedHosts ?? before.allowedHosts;
      const home = allowedDestination(
        input.defaultDestination ?? before.defaultDestination,
        hosts,
        ctx.services.settings.isDevelopment,
      );
      const program = await ctx.tx.program.update({
        where: { id: ctx.programId },
        data: {
          name: input.name ?? before.name,
          timeZone: input.timeZone ?? before.timeZone,
          allowedHosts: hosts,
          defaultDestination: home,
          visitorCookie: input.visitorCookie ?? before.visitorCookie,
          payoutHoldYears: input.payoutHoldYears ?? before.payoutHoldYears,
        },
      });
      const detail = { fields: Object.keys(input) };
      await audit(ctx.tx, {
        programId: program.id,
        actor: ctx.actor,
        action: 'program.updated',
        subject: program.id,
        detail,
      });
      ctx.afterCommit(() => ctx.services.programs.forget(program.id));
      return programView(program, ctx.services.now());
    }),

  ...programLife,
});

async function lockedProgram(tx: Tx, id: string): Promise<Program> {
  const program = await lockProgram(tx, id);
  if (program === null) throw notFound('program');
  return program;
}
