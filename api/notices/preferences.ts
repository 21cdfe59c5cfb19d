import type { z } from 'zod';
import { NOTICE_CATEGORIES, type NoticeCategory } from '../../domain/notices/kinds.ts';
import type { Subscription } from '../../engine/notices/links.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import type { noticePreferencesAnswer } from './answers.ts';

/** Whether a member wants e-mail, by category; yes where nobody has said otherwise. */
export async function preferencesOf(
  db: Database | Tx,
  programId: string,
  memberId: string,
): Promise<z.infer<typeof noticePreferencesAnswer>> {
  const rows = await db.noticePreference.findMany({ where: { programId, memberId } });
  const emailOf = (category: NoticeCategory) => rows.find((it) => it.category === category)?.email ?? true;
  return { items: NOTICE_CATEGORIES.map((category) => ({ category, email: emailOf(category) })) };
}

/** Puts on record whether a member wants e-mail of a category. Whoever sends asks right before sending. */
export async function setPreference(
  db: Database | Tx,
  { programId, memberId, category }: Subscription,
  email: boolean,
  now: Date,
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO notice_preferences (program_id, member_id, category, email, updated_at)
    VALUES (${programId}::uuid, ${memberId}::uuid, ${category}::notice_category, ${email},
            ${now}::timestamptz)
    ON CONFLICT (program_id, member_id, category)
      DO UPDATE SET email = excluded.email, updated_at = excluded.updated_at`;
}
