import type { TableRule } from './rule.ts';
import { BILLING_TABLES } from './tables/billing.ts';
import { EARNING_TABLES } from './tables/earnings.ts';
import { EVENT_TABLES } from './tables/events.ts';
import { MEMBER_TABLES } from './tables/members.ts';
import { PROGRAM_TABLES } from './tables/program.ts';
import { TOLD_TABLES } from './tables/told.ts';
import { USER_TABLES } from './tables/users.ts';

/** Every table of the database, with what is personal in it, in the order in which they are erased. */
export const TABLES: Readonly<Record<string, TableRule>> = {
  ...EARNING_TABLES,
  ...EVENT_TABLES,
  // Behind the audit log, which is about notices, too.
  ...TOLD_TABLES,
  ...BILLING_TABLES,
  ...MEMBER_TABLES,
  ...PROGRAM_TABLES,
  ...USER_TABLES,
};
