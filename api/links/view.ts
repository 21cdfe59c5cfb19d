import type { z } from 'zod';
import type { Link } from '../../prisma/generated/client.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import type { linkAnswer } from './schema.ts';

export const linkView = (row: Link, publicUrl: string): z.infer<typeof linkAnswer> => ({
  id: row.id,
  memberId: row.memberId,
  code: row.code,
  url: `${publicUrl.replace(/\/$/, '')}/r/${row.code}`,
  kind: row.kind,
  status: row.status,
  campaign: row.campaign,
  destination: row.destination,
  expiresAt: isoOrNull(row.expiresAt),
  createdAt: iso(row.createdAt),
});
