import { Prisma } from '../../prisma/generated/client.ts';

/**
 * SQL for what an event `e` is about: the id by which its member became known, whichever of theirs the host
 * sent; for an account that was merged into another, that of the one who stays.
 */
export const subjectSql = Prisma.sql`coalesce((
          SELECT m.external_id FROM member_aliases a
          JOIN members m ON m.program_id = a.program_id AND m.id = a.member_id
          WHERE a.program_id = e.program_id AND a.external_id = e.subject), e.subject)`;
