import type { z } from 'zod';
import { badgeUrls } from '../../domain/badges/urls.ts';
import type { ApiSettings, Services } from '../context.ts';
import { newest, newestPage, type PageRequest } from '../trpc/cursor.ts';
import { iso } from '../trpc/views.ts';
import { type FoundCredential, recordedState, WITH_REWARD } from './find.ts';
import type { badgeAnswer } from './schema.ts';

/** A page of a program's credentials, the newest first; of one member when named. */
export async function readBadges(
  { db, settings, now }: Pick<Services, 'db' | 'settings' | 'now'>,
  programId: string,
  input: PageRequest & { readonly memberId?: string | undefined },
) {
  const { memberId, ...page } = input;
  // The reward goes along with a member who is merged into another; what was signed stays as it was.
  const where = { programId, ...(memberId === undefined ? {} : { reward: { memberId } }) };
  const rows = await db.badgeCredential.findMany({ ...newest(where, page), include: WITH_REWARD });
  const now_ms = now();
  return newestPage(rows, input, (row) => credentialView(row, settings, now_ms));
}

export function credentialView(
  row: FoundCredential,
  settings: ApiSettings,
  now_ms: number,
): z.infer<typeof badgeAnswer> {
  const urls = badgeUrls(settings.publicUrl);
  return {
    id: row.id,
    rewardId: row.rewardId,
    achievementId: row.definitionId,
    memberId: row.reward.memberId,
    status: recordedState(row.reward, now_ms),
    issuedAt: iso(row.issuedAt),
    url: urls.credential(row.id),
    shareUrl: urls.verify(row.id),
    svgUrl: urls.bakedSvg(row.id),
    pngUrl: urls.bakedPng(row.id),
  };
}
