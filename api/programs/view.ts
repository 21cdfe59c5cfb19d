import type { z } from 'zod';
import type { Program } from '../../prisma/generated/client.ts';
import { statusNow } from '../cache/programs.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import type { programAnswer } from './schema.ts';

/** A program as it is at a moment, whether or not the schedule has written it down. */
export const programView = (row: Program, now_ms: number): z.infer<typeof programAnswer> => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  status: statusNow(row, now_ms),
  startsAt: isoOrNull(row.startsAt),
  endsAt: isoOrNull(row.endsAt),
  statusAt: iso(row.statusAt),
  statusBy: row.statusBy,
  timeZone: row.timeZone,
  allowedHosts: row.allowedHosts,
  defaultDestination: row.defaultDestination,
  visitorCookie: row.visitorCookie,
  payoutHoldYears: row.payoutHoldYears,
  mode: row.mode,
  liveProgramId: row.liveProgramId,
  createdAt: iso(row.createdAt),
});
