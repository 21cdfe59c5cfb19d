import type { z } from 'zod';
import type { AuditEntry } from '../../prisma/generated/client.ts';
import { iso } from '../trpc/views.ts';
import type { auditEntryAnswer } from './schema.ts';

export const auditEntryView = (row: AuditEntry): z.infer<typeof auditEntryAnswer> => ({
  id: row.id.toString(),
  actor: row.actor,
  action: row.action,
  subject: row.subject,
  detail: row.detail as Readonly<Record<string, unknown>>,
  at: iso(row.at),
});
