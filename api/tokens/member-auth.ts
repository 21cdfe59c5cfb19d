import { COUNTS_ALONE, type MemberRow } from '../../engine/members/row.ts';
import { UUID_PATTERN } from '../../platform/ids.ts';
import type { SealRing } from '../../platform/seal.ts';
import type { Database } from '../../prisma/client.ts';
import { bearerOf, isKeyForm } from '../auth/token.ts';
import { ApiError } from '../http/errors.ts';
import { createKeySets } from './jwks.ts';
import { createTokenRules } from './rules.ts';
import { type VerifiedToken, verifyToken } from './verify.ts';

/** The holder of a good member token, or a member who is signed in. */
export interface MemberCaller {
  readonly programId: string;
  readonly member: MemberRow;
  readonly mayRedeem: boolean;
  /** Whether a cookie vouches for the member, and not a token. */
  readonly isSignedIn: boolean;
}

export interface MemberAuth {
  /**
   * The member whose token it is, as the database has them now. Throws `unauthenticated`, `member_barred`,
   * and what `verifyToken` throws.
   */
  authenticate(authorization: string | undefined, programId: string): Promise<MemberCaller>;
  /**
   * The member who is signed in, by the address of the user, which is verified. Throws `member_barred` where
   * the program does not let members sign in, or knows none by that address, or several.
   */
  signedIn(user: { readonly email: string }, programId: string): Promise<MemberCaller>;
  /** Whether a web page of this origin may ask about members of the program. */
  allowsOrigin(programId: string, origin: string): Promise<boolean>;
  /** Settings or secrets of a program were changed in this process: they count from now on. */
  forget(programId: string): void;
}

type WhichMember = { readonly id: string } | { readonly externalId: string };

/** Reads a member of a program by our id or by the host's; null: there is none. */
interface Members {
  read(programId: string, which: WhichMember): Promise<MemberRow | null>;
}

/** The parts of the settings that member tokens are checked with. */
interface TokenConfig {
  readonly sealRing: SealRing;
  readonly linkSecret: string;
  readonly allowInternalEndpoints?: boolean;
}

/** Checks member tokens, by the programs' rules of at most two seconds ago and the members of now. */
export function createMemberAuth(
  db: Database,
  members: Members,
  config: TokenConfig,
  now: () => number,
): MemberAuth {
  const rules = createTokenRules(db, config, now);
  const keySets = createKeySets(now, config.allowInternalEndpoints ?? false);
  return {
    async authenticate(authorization, programId) {
      const token = bearerOf(authorization);
      if (token === null || isKeyForm(token)) {
        throw new ApiError(
          'unauthenticated',
          'Send a member token as `Authorization: Bearer …`: your server gets one with `members.token`. ' +
            'API keys are for servers, and not taken here.',
        );
      }
      const verified = await verifyToken({ rules, keySets, now }, token, programId);
      const member = await members.read(programId, whichOf(verified));
      if (member === null) {
        throw new ApiError('member_barred', 'The member of this token is not there, or no longer.');
      }
      // One that names the account by our id was made for that account alone.
      if (verified.isOwn && member.id !== verified.subject) {
        throw new ApiError(
          'member_barred',
          'The account of this token was merged into another: get a new one.',
        );
      }
      refuseBlocked(member);
      return { programId, member, mayRedeem: verified.mayRedeem, isSignedIn: false };
    },
    async signedIn({ email }, programId) {
      const members = UUID_PATTERN.test(programId) ? await membersBy(db, programId, email) : [];
      const [member] = members;
      if (member === undefined || members.some(({ id }) => id !== member.id)) {
        throw new ApiError('member_barred', 'No member of this program may sign in by your address.');
      }
      refuseBlocked(member);
      return { programId, member, mayRedeem: true, isSignedIn: true };
    },
    async allowsOrigin(programId, origin) {
      if (!UUID_PATTERN.test(programId)) return false;
      return (await rules.get(programId))?.origins.includes(origin) ?? false;
    },
    forget: (programId) => rules.forget(programId),
  };
}

/** Throws `member_barred` for a member who is blocked. */
function refuseBlocked({ blockedAt }: MemberRow): void {
  if (blockedAt === null) return;
  throw new ApiError('member_barred', 'This member is blocked: the host can say why.');
}

/** The most accounts of one person that were merged, and lead to one by one address. */
const ACCOUNTS_MAX = 20;

/**
 * To whom the accounts with an address lead, where the program lets members sign in; none where they are too
 * many to look at.
 */
async function membersBy(db: Database, programId: string, email: string): Promise<MemberRow[]> {
  const settings = await db.tokenSettings.findUnique({
    where: { programId },
    select: { memberSignIn: true },
  });
  if (settings?.memberSignIn !== true) return [];
  const rows = await db.member.findMany({
    where: { programId, email: { equals: email, mode: 'insensitive' } },
    omit: COUNTS_ALONE,
    include: { stays: { omit: COUNTS_ALONE } },
    take: ACCOUNTS_MAX,
  });
  // More are never one person's.
  return rows.length === ACCOUNTS_MAX ? [] : rows.map(({ stays, ...member }) => stays ?? member);
}

/** Our tokens name a member by our id, hosts' by the host's. */
const whichOf = ({ subject, isOwn }: VerifiedToken): WhichMember =>
  isOwn ? { id: subject } : { externalId: subject };
