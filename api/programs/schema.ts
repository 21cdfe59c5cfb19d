import { z } from 'zod';
import { PROGRAM_STATUSES } from '../../domain/programs/program.ts';
import { ProgramMode, VisitorCookie } from '../../prisma/generated/enums.ts';
import { policyInput } from '../policies/schema.ts';
import { idAnswer, moneyAnswer, timeAnswer } from '../trpc/answers.ts';
import { futureInstant, keptInstant, name, timeZone } from '../trpc/schemas.ts';

const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{1,48}[a-z0-9])$/, 'must be 3 to 50 of a-z, 0-9 and inner hyphens');
const host = z
  .string()
  .max(253)
  .regex(
    // Below one label alone lies a whole top-level domain.
    /^(?:\*\.[a-z0-9-]+\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/,
    'must be a host name in lower case, or *.host with two labels at least',
  );
const allowedHosts = z.array(host).min(1).max(50);
const destination = z.url().max(2_048);

const slugExamples = { examples: ['acme'] };
const nameExamples = { examples: ['Acme'] };
const timeZoneMeta = { description: 'A time zone of the IANA database.', examples: ['Europe/Berlin'] };
const hostsMeta = {
  description:
    'Hosts that links may lead to; `*.shop.example` stands for every host below `shop.example`, ' +
    'and has two labels at least after the star.',
  examples: [['shop.example', '*.shop.example']],
};
const destinationMeta = {
  description: 'Where a link leads that has no destination of its own: an https address on an allowed host.',
  examples: ['https://shop.example/welcome'],
};

const visitorCookie = z.enum(VisitorCookie);
const visitorCookieMeta = {
  description:
    "Whether the redirect keeps a visitor's id in the cookie `rv`. `consent`: only when the browser sends " +
    '`rconsent=1`, which capture.js sets with consent. Without it, each click is of a new visitor.',
  examples: ['consent'],
};

export const createProgramInput = z.strictObject({
  slug: slug.meta({ description: 'Unique over all live programs.', ...slugExamples }),
  name: name.meta(nameExamples),
  timeZone: timeZone.default('UTC').meta(timeZoneMeta),
  defaultDestination: destination.meta(destinationMeta),
  allowedHosts: allowedHosts.optional().meta({
    ...hostsMeta,
    description: `${hostsMeta.description} Left out: the default destination's host alone.`,
  }),
  visitorCookie: visitorCookie.default('always').meta(visitorCookieMeta),
  policy: policyInput.optional().meta({ description: 'Left out: the built-in policy, in USD.' }),
  draft: z
    .boolean()
    .optional()
    .meta({
      description:
        'True: begins as a draft, which allows only set-up, until somebody starts it or `startsAt` has ' +
        'come. Left out: live at once, unless `startsAt` is given.',
    }),
  startsAt: futureInstant
    .optional()
    .meta({ description: 'When the program goes live by itself; until then it is a draft.' }),
  endsAt: futureInstant.optional().meta({ description: 'When the program ends by itself.' }),
});

const payoutHoldYears = z.number().int().min(0).max(30);
const payoutHoldMeta = {
  description:
    'For how many years after the year of a payment its record is kept, sealed, when the member is erased. ' +
    '0: not at all.',
  examples: [8],
};

export const updateProgramInput = z.strictObject({
  name: name.optional().meta(nameExamples),
  timeZone: timeZone.optional().meta(timeZoneMeta),
  defaultDestination: destination.optional().meta(destinationMeta),
  allowedHosts: allowedHosts
    .optional()
    .meta({ ...hostsMeta, description: `${hostsMeta.description} Replaces the whole list.` }),
  visitorCookie: visitorCookie.optional().meta(visitorCookieMeta),
  payoutHoldYears: payoutHoldYears.optional().meta(payoutHoldMeta),
});

export const scheduleProgramInput = z
  .strictObject({
    startsAt: keptInstant
      .nullable()
      .optional()
      .meta({ description: 'When a draft is to go live; null: not by itself. Left out: as it is.' }),
    endsAt: keptInstant
      .nullable()
      .optional()
      .meta({ description: 'When the program is to end; null: not by itself. Left out: as it is.' }),
  })
  .refine((input) => Object.keys(input).length > 0, 'names no time');

export const programAnswer = z
  .strictObject({
    id: idAnswer,
    slug: z.string().meta(slugExamples),
    name: z.string().meta(nameExamples),
    status: z.enum(PROGRAM_STATUSES).meta({ examples: ['live'] }),
    startsAt: timeAnswer.nullable().meta({ description: 'When it goes live by itself; null: not planned.' }),
    endsAt: timeAnswer.nullable().meta({ description: 'When it ends by itself; null: not planned.' }),
    statusAt: timeAnswer.meta({
      description: 'When its latest recorded step was taken; before the first one, when it was made.',
    }),
    statusBy: z
      .string()
      .nullable()
      .meta({
        description:
          'Who took that step: `key:` and the id of an API key, or `schedule`; null: not on record.',
        examples: ['key:0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d'],
      }),
    timeZone: z.string().meta({ examples: timeZoneMeta.examples }),
    allowedHosts: z.array(z.string()).meta({ examples: hostsMeta.examples }),
    defaultDestination: z.string().meta({ examples: destinationMeta.examples }),
    visitorCookie: visitorCookie.meta(visitorCookieMeta),
    payoutHoldYears: payoutHoldYears.meta(payoutHoldMeta),
    mode: z.enum(ProgramMode).meta({
      description: 'test: the test mode of a live program, with members, keys and a ledger of its own.',
      examples: ['live'],
    }),
    liveProgramId: idAnswer.nullable().meta({ description: 'Whose test mode it is; null: it is live.' }),
    createdAt: timeAnswer,
  })
  .meta({
    id: 'Program',
    description: 'One tenant: its own policy, members, links, rewards and ledger.',
  });

export const programBudgetAnswer = z
  .strictObject({
    unit: z.string().meta({ examples: ['USD'] }),
    used: moneyAnswer.meta({ description: 'What is granted, net of what was taken back.' }),
    cap: moneyAnswer.meta({ description: 'The most that may ever be granted.' }),
    percent: z.number().meta({
      description: 'How much of the cap is used, to one decimal, rounded down: 100 means nothing is left.',
      examples: [42.5],
    }),
    warnedAt: timeAnswer.nullable().meta({ description: 'When the outbox was told that it runs out.' }),
    exhaustedAt: timeAnswer.nullable().meta({ description: 'When the outbox was told that it is used up.' }),
  })
  .meta({ id: 'ProgramBudget', description: 'A budget that has a cap; there is one a unit at the most.' });

export const programWithBudgetsAnswer = programAnswer
  .extend({ budgets: z.array(programBudgetAnswer) })
  .meta({ id: 'ProgramWithBudgets', description: 'A program, with those of its budgets that have a cap.' });

export const createdProgramAnswer = z
  .strictObject({
    program: programAnswer,
    policyVersion: z.number().int().meta({ description: 'The version of its first policy.' }),
    apiKeyId: idAnswer,
    apiKey: z
      .string()
      .nullable()
      .meta({ description: 'The key itself, shown this once: a replay has null in its place.' }),
  })
  .meta({ id: 'CreatedProgram' });

export const testProgramAnswer = z
  .strictObject({
    program: programAnswer,
    created: z.boolean().meta({ description: 'False: it was there already, and `apiKey` is null.' }),
    apiKeyId: idAnswer.nullable(),
    apiKey: z
      .string()
      .nullable()
      .meta({
        description: 'The key itself, shown this once: a replay has null in its place.',
        examples: ['sk_test_4f8KpR2mQvX7ZtB1sWn3yC_Jx…'],
      }),
  })
  .meta({ id: 'TestProgram' });
