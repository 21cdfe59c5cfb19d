import { Prisma } from '../../../prisma/generated/client.ts';
import { forgetEmails } from '../../notices/mailbox.ts';
import { takeBackReward } from '../../rewards/take-back.ts';
import { ERASED_ANSWER } from '../erased-answer.ts';
import { ofPerson } from '../person.ts';
import { AUDITED_SUBJECTS } from '../tables/events.ts';
import type { Step } from './step.ts';

/** Deletes a member's e-mails: first what the local mailbox has of them, then their rows. */
export const eraseMails: Step = async (tx, { dataDir }, { person }, limit) => {
  const { programId, memberId } = person;
  const emails = await tx.noticeEmail.findMany({
    where: { programId, memberId },
    select: { noticeId: true },
    take: limit,
  });
  await forgetEmails(
    dataDir,
    programId,
    emails.map(({ noticeId }) => noticeId),
  );
  const { count } = await tx.noticeEmail.deleteMany({
    where: { programId, noticeId: { in: emails.map(({ noticeId }) => noticeId) } },
  });
  return { notice_emails: count };
};

/** Revokes and empties a member's badges, where they are not to be kept. */
export const eraseBadges: Step = async (tx, _settings, { person, badges, eventId, now_ms }, limit) => {
  if (badges === 'keep') return {};
  const { programId, memberId } = person;
  const rewards = await tx.reward.findMany({
    where: { programId, memberId, kind: 'badge', status: { not: 'reversed' } },
    select: { id: true },
    take: limit,
  });
  for (const { id: rewardId } of rewards) {
    await takeBackReward(tx, { programId, rewardId, occurred_at_ms: now_ms, by: eventId });
  }
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    SELECT erase_badges(${programId}::uuid, ${memberId}::uuid, ${limit}::int) AS count`;
  return { rewards: rewards.length, badge_credentials: row?.count ?? 0 };
};

/** Takes words out of what the audit log says of the member, and of what was theirs. */
export const eraseAudit: Step = async (tx, _settings, { person }, limit) => {
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    SELECT erase_audit(${person.programId}::uuid, ARRAY(${ofPerson(person, AUDITED_SUBJECTS)}),
                       ${limit}::int) AS count`;
  return { audit_log: row?.count ?? 0 };
};

/**
 * Erases kept answers that name the member: the member's own are deleted, of others only the answer, so that
 * the change itself is still made once. A key that names the member is replaced.
 */
export const eraseAnswers: Step = async (tx, _settings, { person }, limit) => {
  const { programId, memberId, subjects } = person;
  const own = `${programId} member:${memberId}`;
  const deleted = await tx.$executeRaw`
    DELETE FROM idempotency_keys k WHERE k.ctid = ANY (ARRAY(
      SELECT ctid FROM idempotency_keys WHERE scope = ${own} LIMIT ${limit}))`;
  const member = await tx.member.findUniqueOrThrow({
    where: { programId_id: { programId, id: memberId } },
    select: { email: true },
  });
  const told = [memberId, ...subjects.map((subject) => JSON.stringify(subject)), ...emailOf(member)];
  const keyed = [memberId, ...subjects.filter(({ length }) => length > 3), ...emailOf(member)];
  const names = (column: string, words: readonly string[]) => Prisma.sql`EXISTS (
    SELECT FROM unnest(${[...words]}::text[]) w(word)
    WHERE position(lower(w.word) IN lower(${Prisma.raw(column)})) > 0)`;
  const changed = await tx.$executeRaw`
    UPDATE idempotency_keys k SET
      response = CASE WHEN ${names('k.response::text', told)}
        THEN ${JSON.stringify(ERASED_ANSWER)}::jsonb ELSE k.response END,
      key = CASE WHEN ${names('k.key', keyed)} THEN 'erased:' || uuidv7() ELSE k.key END
    WHERE k.ctid = ANY (ARRAY(
      SELECT i.ctid FROM idempotency_keys i
      WHERE i.scope = ${programId} AND i.response IS NOT NULL
        AND (${names('i.response::text', told)} OR ${names('i.key', keyed)})
      LIMIT ${limit}))`;
  return { idempotency_keys: deleted + changed };
};

const emailOf = ({ email }: { readonly email: string | null }): string[] => (email === null ? [] : [email]);

/** Deletes the account of the member's address, unless it is an operator's or another member's too. */
export const eraseAccount: Step = async (tx, _settings, { person }) => {
  const { programId, memberId } = person;
  const users = await tx.$executeRaw`
    DELETE FROM users u USING members m
    WHERE m.program_id = ${programId}::uuid AND m.id = ${memberId}::uuid AND u.email = lower(m.email)
      AND NOT u.may_create_programs AND NOT EXISTS (SELECT FROM operators o WHERE o.user_id = u.id)
      AND NOT EXISTS (SELECT FROM members o WHERE lower(o.email) = u.email
                      AND (o.program_id, o.id) <> (m.program_id, m.id))`;
  return { users };
};
