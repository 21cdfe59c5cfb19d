import { below } from '../../domain/address.ts';
import { badgeUrls } from '../../domain/badges/urls.ts';
import { NOTICE_CATEGORIES, type NoticeCategory, type NoticeKind } from '../../domain/notices/kinds.ts';
import type { NoticeParams } from '../../domain/notices/notice.ts';
import { openToken, signToken } from '../../platform/signed-token.ts';
import { surveyLink } from '../surveys/link.ts';

/** What the addresses in notices are made with. */
export interface LinkSettings {
  /** Where members reach the API. */
  readonly publicUrl: string;
  /** Signs links that work without a key. */
  readonly linkSecret: string;
}

/** Who unsubscribes from what. */
export interface Subscription {
  readonly programId: string;
  readonly memberId: string;
  readonly category: NoticeCategory;
}

/** Whether whoever has the address in a notice of this kind may act for the member. */
export const actsForMember = (kind: NoticeKind): boolean =>
  kind === 'survey.asked' || kind === 'survey.reminded';

/** Where a notice leads; empty for the kinds that lead nowhere. */
export function urlOf(kind: NoticeKind, params: NoticeParams, links: LinkSettings, now_ms: number): string {
  const { credentialId, surveyId } = params as { readonly credentialId?: string; readonly surveyId?: string };
  if (kind === 'badge.issued' && credentialId !== undefined) {
    return badgeUrls(links.publicUrl).verify(credentialId);
  }
  if (actsForMember(kind) && surveyId !== undefined) return surveyLink(links, surveyId, now_ms);
  return '';
}

/**
 * Returns the address that ends a subscription with one click. It never expires, because members unsubscribe
 * from old e-mails too.
 */
export function unsubscribeUrl(
  { programId, memberId, category }: Subscription,
  { publicUrl, linkSecret }: LinkSettings,
): string {
  const token = signToken(linkSecret, 'unsubscribe', [programId, memberId, category]);
  return below(publicUrl, `/u/${token}`);
}

/** Whose subscription a token ends; null when it is none of ours. */
export function subscriptionOf(token: string, linkSecret: string): Subscription | null {
  const [programId, memberId, category] = openToken(linkSecret, 'unsubscribe', token) ?? [];
  const noticeCategory = NOTICE_CATEGORIES.find((name) => name === category);
  if (programId === undefined || memberId === undefined || noticeCategory === undefined) return null;
  return { programId, memberId, category: noticeCategory };
}
