import type { z } from 'zod';
import { categoryOf, type NoticeKind } from '../../domain/notices/kinds.ts';
import type { NoticeParams } from '../../domain/notices/notice.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { MemberRow } from '../../engine/members/row.ts';
import { actsForMember, urlOf } from '../../engine/notices/links.ts';
import { renderNotice } from '../../engine/notices/render.ts';
import { policyInForce } from '../../engine/policies/in-force.ts';
import type { Notice } from '../../prisma/generated/client.ts';
import type { Services } from '../context.ts';
import { newest, newestPage, type PageRequest } from '../trpc/cursor.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import type { noticeAnswer } from './answers.ts';

interface InboxRequest extends PageRequest {
  readonly unread: boolean;
  /** Whether the asker may act for the member. */
  readonly mayAct: boolean;
}

/**
 * A page of a member's notices in the member's language, the newest first, with how many are unread in all.
 * Addresses at which one acts for the member are in it for the member, and for who may act for members.
 */
export async function readInbox(
  services: Services,
  { programId, id: memberId, locale }: MemberRow,
  { unread, mayAct, ...page }: InboxRequest,
) {
  const { db } = services;
  const own = { programId, memberId, inInbox: true };
  const [rows, unreadCount, program, current] = await Promise.all([
    db.notice.findMany(newest({ ...own, ...(unread ? { readAt: null } : {}) }, page)),
    db.notice.count({ where: { ...own, readAt: null } }),
    db.program.findUniqueOrThrow({ where: { id: programId }, select: { name: true } }),
    policyInForce(db, programId),
  ]);
  const reader = { locale, program: program.name, policy: current?.policy ?? null, mayAct };
  const notices = newestPage(rows, page, (row) => noticeView(row, reader, services));
  return { ...notices, unread: unreadCount };
}

interface Reader {
  readonly locale: string;
  readonly program: string;
  readonly policy: Policy | null;
  readonly mayAct: boolean;
}

function noticeView(
  row: Notice,
  { locale, program, policy, mayAct }: Reader,
  { settings, now }: Services,
): z.infer<typeof noticeAnswer> {
  const kind = row.kind as NoticeKind;
  const params = row.params as NoticeParams;
  const url = actsForMember(kind) && !mayAct ? '' : urlOf(kind, params, settings, now());
  const templates = policy?.notices?.templates;
  const { subject, text } = renderNotice({ kind, params, locale, program, templates, url });
  return {
    id: row.id,
    kind,
    category: categoryOf(kind),
    subject,
    text,
    url: url === '' ? null : url,
    params,
    createdAt: iso(row.createdAt),
    readAt: isoOrNull(row.readAt),
  };
}
