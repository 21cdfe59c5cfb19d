import type { z } from 'zod';
import { below } from '../../domain/address.ts';
import type { Link } from '../../prisma/generated/client.ts';
import type { ApiSettings } from '../context.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import type { linkAnswer } from './schema.ts';

type LinkPlace = Pick<ApiSettings, 'linkUrl' | 'publicUrl'>;

/** The address of a link that a member shares. */
export const addressOf = ({ linkUrl, publicUrl }: LinkPlace, code: string): string =>
  below(linkUrl ?? publicUrl, `/r/${code}`);

export const linkView = (row: Link, place: LinkPlace): z.infer<typeof linkAnswer> => ({
  id: row.id,
  memberId: row.memberId,
  code: row.code,
  url: addressOf(place, row.code),
  kind: row.kind,
  status: row.status,
  campaign: row.campaign,
  destination: row.destination,
  expiresAt: isoOrNull(row.expiresAt),
  createdAt: iso(row.createdAt),
});
