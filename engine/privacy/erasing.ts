import { Prisma } from '../../prisma/generated/client.ts';

/**
 * SQL: whether the erasure of the member `m` has begun, or is done. From then on nothing new is written about
 * them: triggers `<table>_keep_erased` refuse what was read before.
 */
export const isBeingErased = Prisma.sql`EXISTS (
  SELECT FROM erasures x WHERE x.program_id = m.program_id AND x.member_id = m.id)`;
