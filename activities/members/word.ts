import type { MemberCommand } from '../../domain/members/commands.ts';
import type { ErasureReport } from '../../domain/privacy/erasure.ts';
import type { Result } from '../../domain/refusal.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Member } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberRef } from '../member-step.ts';

/** An operator's word about a member, as the step that carries it out gets it. */
export interface Word {
  /** The event's. */
  readonly id: string;
  readonly type: MemberCommand;
  readonly payload: Readonly<Record<string, string | null>>;
  /** As locked. */
  readonly member: Member;
}

/** `more`: a transaction's part is done, and others are left. An erasure ends with its report. */
type Done = 'done' | 'more' | { readonly erasure: ErasureReport };

/** Carries out a word, whole or a transaction's part of it; or refuses, and has changed nothing. */
export type WordStep = (tx: Tx, ref: MemberRef, word: Word, deps: ActivityDeps) => Promise<Result<Done>>;

/** When it is carried out, for messages. */
export const moment = ({ now_ms }: MemberRef): string => new Date(now_ms).toISOString();

/** What a message about it is about. It is for the host: the member is not told of it. */
export const about = ({ memberId }: MemberRef, { type, id }: Word) =>
  ({ key: `${type}:${id}`, subject: `member:${memberId}`, members: [] }) as const;
