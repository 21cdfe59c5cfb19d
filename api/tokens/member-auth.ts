import { UUID_PATTERN } from '../../platform/ids.ts';
import type { SealRing } from '../../platform/seal.ts';
import type { Database } from '../../prisma/client.ts';
import type { Member } from '../../prisma/generated/client.ts';
import { bearerOf, isKeyForm } from '../auth/token.ts';
import { ApiError } from '../http/errors.ts';
import { createKeySets } from './jwks.ts';
import { createTokenRules } from './rules.ts';
import { type VerifiedToken, verifyToken } from './verify.ts';

/** The holder of a good member token. */
export interface MemberCaller {
  readonly programId: string;
  readonly member: Member;
  readonly mayRedeem: boolean;
}

export interface MemberAuth {
  /**
   * The member whose token it is, as the database has them now. Throws `unauthenticated`, `member_barred`,
   * and what `verifyToken` throws.
   */
  authenticate(authorization: string | undefined, programId: string): Promise<MemberCaller>;
  /** Whether a web page of this origin may ask about members of the program. */
  allowsOrigin(programId: string, origin: string): Promise<boolean>;
  /** Settings or secrets of a program were changed in this process: they count from now on. */
  forget(programId: string): void;
}

/** The parts of the settings that member tokens are checked with. */
interface TokenConfig {
  readonly sealRing: SealRing;
  readonly linkSecret: string;
  readonly allowInternalEndpoints?: boolean;
}

/** Checks member tokens, by the programs' rules of at most two seconds ago and the members of now. */
export function createMemberAuth(db: Database, config: TokenConfig, now: () => number): MemberAuth {
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
      const member = await memberOf(db, programId, verified);
      if (member === null) {
        throw new ApiError('member_barred', 'The member of this token is not there, or no longer.');
      }
      return { programId, member, mayRedeem: verified.mayRedeem };
    },
    async allowsOrigin(programId, origin) {
      if (!UUID_PATTERN.test(programId)) return false;
      return (await rules.get(programId))?.origins.includes(origin) ?? false;
    },
    forget: (programId) => rules.forget(programId),
  };
}

/** Our tokens name a member by our id, hosts' by the host's. */
async function memberOf(
  db: Database,
  programId: string,
  { subject, isOwn }: VerifiedToken,
): Promise<Member | null> {
  return await db.member.findUnique({
    where: isOwn
      ? { programId_id: { programId, id: subject } }
      : { programId_externalId: { programId, externalId: subject } },
  });
}
