import { newId } from '../../platform/ids.ts';

/** SQL: what the first part of a member's erasure does. It locks their row, and says that it has begun. */
export const beginErasureSql = (programId: string, memberId: string): string => `
  SELECT FROM members WHERE program_id = '${programId}' AND id = '${memberId}' FOR NO KEY UPDATE;
  INSERT INTO erasures (program_id, member_id, event_id, badges, begun_at)
  VALUES ('${programId}', '${memberId}', '${newId()}', 'revoke', now())`;
