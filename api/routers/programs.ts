import { z } from 'zod';
import { builtinPolicy } from '../../domain/builtin-policy.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Program } from '../../prisma/generated/client.ts';
import { audit } from '../commands.ts';
import { fail, notFound, unwrap } from '../errors.ts';
import { createKey } from '../keys.ts';
import { allowedDestination } from '../links.ts';
import { policySchema } from '../policy-schema.ts';
import { publishPolicy } from '../publish.ts';
import { name, timeZone } from '../schemas.ts';
import { SCOPES } from '../scopes.ts';
import { mutation, platformMutation, query, router } from '../trpc.ts';
import { programView } from '../views.ts';

const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{1,48}[a-z0-9])$/, 'must be 3 to 50 of a-z, 0-9 and inner hyphens');
const host = z
  .string()
  .max(253)
  .regex(/^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/, 'must be a host name in lower case, or *.host');
const allowedHosts = z.array(host).min(1).max(50);
const destination = z.url().max(2_048);

const createInput = z.strictObject({
  slug,
  name,
  timeZone: timeZone.default('UTC'),
  defaultDestination: destination,
  /** Left out: the default destination's host alone. */
  allowedHosts: allowedHosts.optional(),
  /** Left out: the built-in policy, in USD. */
  policy: policySchema.optional(),
});

const updateInput = z.strictObject({
  name: name.optional(),
  timeZone: timeZone.optional(),
  defaultDestination: destination.optional(),
  allowedHosts: allowedHosts.optional(),
});

type Status = Program['status'];

/** From which states a program may go where. Ended is for good. */
const STEPS: Readonly<
  Record<'pause' | 'resume' | 'end', { readonly from: readonly Status[]; readonly to: Status }>
> = {
  pause: { from: ['live', 'paused'], to: 'paused' },
  resume: { from: ['draft', 'paused', 'live'], to: 'live' },
  end: { from: ['draft', 'live', 'paused', 'ended'], to: 'ended' },
};

export const programs = router({
  /** Makes a program with its first policy and its first key, which has every scope and is shown this once. Platform keys only. */
  create: platformMutation()
    .meta({ shownOnce: 'apiKey' })
    .input(createInput)
    .mutation(async ({ ctx, input }) => {
      const { policy, ...settings } = input;
      const hosts = settings.allowedHosts ?? [new URL(settings.defaultDestination).hostname];
      const home = allowedDestination(
        settings.defaultDestination,
        hosts,
        ctx.services.settings.isDevelopment,
      );
      const [program] = await ctx.tx.program.createManyAndReturn({
        data: [{ ...settings, id: newId(), allowedHosts: hosts, defaultDestination: home }],
        skipDuplicates: true,
      });
      if (program === undefined) throw fail('slug_taken', 'A program with this slug exists.');
      const now = new Date(ctx.services.now());
      const policyVersion = unwrap(await publishPolicy(ctx.tx, program.id, policy ?? builtinPolicy(), now));
      const key = await createKey(ctx.tx, { programId: program.id, name: 'first key', scopes: SCOPES });
      await audit(ctx.tx, {
        programId: program.id,
        actor: ctx.actor,
        action: 'program.created',
        subject: program.id,
      });
      const apiKey: string | null = key.token;
      return { program: programView(program), policyVersion, apiKeyId: key.id, apiKey };
    }),

  /** The program that the key, or `x-program-id`, names. */
  get: query().query(async ({ ctx }) => {
    const program = await ctx.services.db.program.findUnique({ where: { id: ctx.programId } });
    if (program === null) throw notFound('program');
    return programView(program);
  }),

  /** Changes settings; what is left out stays as it is. */
  update: mutation('programs:write')
    .input(updateInput)
    .mutation(async ({ ctx, input }) => {
      const before = await lockProgram(ctx.tx, ctx.programId);
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
      return programView(program);
    }),

  /** Takes no new referrals and grants nothing until it is resumed; events are still stored. */
  pause: mutation('programs:write').mutation(({ ctx }) => step(ctx, 'pause')),
  /** Goes on after a pause. */
  resume: mutation('programs:write').mutation(({ ctx }) => step(ctx, 'resume')),
  /** Ends for good: no more events are taken. Balances stay, and can be redeemed. */
  end: mutation('programs:write').mutation(({ ctx }) => step(ctx, 'end')),
});

interface StepContext {
  readonly tx: Tx;
  readonly programId: string;
  readonly actor: string;
  readonly services: { readonly programs: { forget(id: string): void } };
  afterCommit(action: () => void): void;
}

async function step(ctx: StepContext, kind: keyof typeof STEPS) {
  const before = await lockProgram(ctx.tx, ctx.programId);
  const { from, to } = STEPS[kind];
  if (!from.includes(before.status))
    throw fail('stage_forbids', `The program is ${before.status}: it cannot ${kind}.`);
  if (before.status === to) return programView(before);
  const program = await ctx.tx.program.update({ where: { id: ctx.programId }, data: { status: to } });
  if (kind === 'resume') await wakePaused(ctx.tx, program.id);
  await audit(ctx.tx, {
    programId: program.id,
    actor: ctx.actor,
    action: `program.${kind}`,
    subject: program.id,
  });
  ctx.afterCommit(() => ctx.services.programs.forget(program.id));
  return programView(program);
}

/** Events that came during the pause need not wait for the pump's next look at them. */
async function wakePaused(tx: Tx, programId: string): Promise<void> {
  await tx.event.updateMany({
    where: { programId, state: 'waiting', reason: 'program_paused' },
    data: { dueAt: new Date(0) },
  });
  await tx.$executeRaw`SELECT pg_notify('events', '')`;
}

async function lockProgram(tx: Tx, id: string): Promise<Program> {
  await tx.$queryRaw`SELECT 1 FROM programs WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
  const program = await tx.program.findUnique({ where: { id } });
  if (program === null) throw notFound('program');
  return program;
}
