import { z } from 'zod';
import { type OutboxMessage, tell } from '../../engine/events/outbox.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Improvement } from '../../prisma/generated/client.ts';
import { notFound } from '../http/errors.ts';
import { id, name } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';
import type { improvementAnswer } from './answers.ts';

const LINKED_MAX = 200;

const surveyIds = z
  .array(id)
  .min(1)
  .max(LINKED_MAX)
  .refine((ids) => new Set(ids).size === ids.length, 'must name each survey once')
  .meta({ description: 'Surveys whose answers asked for it.' });

export const improveInput = z.strictObject({
  title: name.meta({ examples: ['Faster payouts'] }),
  description: z
    .string()
    .trim()
    .min(1)
    .max(2_000)
    .regex(/^(?:[^\p{Cc}]|[\n\t])+$/u, 'must not hold control characters but line ends and tabs')
    .meta({ examples: ['Payouts now arrive within a day.'] }),
  surveyIds,
});

export const linkInput = z.strictObject({ improvementId: id, surveyIds });

interface Author {
  readonly programId: string;
  readonly actor: string;
  readonly now: Date;
}

/** Records a change that answers led to, and notifies the members who gave them. */
export async function makeImprovement(
  tx: Tx,
  { programId, actor, now }: Author,
  { title, description, surveyIds: ids }: z.infer<typeof improveInput>,
) {
  const improvementId = newId(now.getTime());
  const row = await tx.improvement.create({
    data: { programId, id: improvementId, title, description, madeBy: actor, createdAt: now },
  });
  return { row, noticeCount: await linkAnswers(tx, programId, improvementId, ids) };
}

/**
 * Links answers to an improvement and notifies their members: each member once, however many answers they
 * gave and however often answers are linked, because the message's key names improvement and member.
 * Returns how many members this call notified. Throws `not_found` when a survey of this program has no
 * answer.
 */
export async function linkAnswers(
  tx: Tx,
  programId: string,
  improvementId: string,
  ids: readonly string[],
): Promise<number> {
  const answers = await tx.surveyAnswer.findMany({
    where: { programId, surveyId: { in: [...ids] } },
    select: { surveyId: true, survey: { select: { memberId: true } } },
  });
  if (answers.length !== ids.length) throw notFound('answer');
  await tx.improvementAnswer.createMany({
    data: answers.map(({ surveyId }) => ({ programId, improvementId, surveyId })),
    skipDuplicates: true,
  });
  const members = [...new Set(answers.map(({ survey }) => survey.memberId))].sort();
  const messages = members.map(
    (memberId): OutboxMessage => ({
      key: `improvement.made:${improvementId}:${memberId}`,
      subject: `improvement:${improvementId}`,
      members: [memberId],
      type: 'improvement.made',
      payload: { improvementId, memberId },
    }),
  );
  return (await tell(tx, programId, messages)).size;
}

type ImprovementRow = Improvement & { readonly _count: { readonly answers: number } };

export const improvementView = (row: ImprovementRow): z.infer<typeof improvementAnswer> => ({
  id: row.id,
  title: row.title,
  description: row.description,
  madeBy: row.madeBy,
  answers: row._count.answers,
  createdAt: iso(row.createdAt),
});
