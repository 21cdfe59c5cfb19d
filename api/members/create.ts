import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Member } from '../../prisma/generated/client.ts';
import { CODE_TRIES_MAX, createLink, newCode } from '../links/create.ts';
import { given } from '../trpc/given.ts';

export interface NewMember {
  readonly programId: string;
  readonly externalId: string;
  readonly email: string | null;
  readonly emailKey: string | null;
  readonly emailKeyRules: number;
  readonly locale?: string | undefined;
  readonly timeZone?: string | undefined;
}

/**
 * Stores a member with a referral code and the shared link that has this code. Returns null when another
 * request took the external id meanwhile.
 */
export async function createMember(tx: Tx, input: NewMember): Promise<Member | null> {
  for (let attempt = 0; attempt < CODE_TRIES_MAX; attempt += 1) {
    const referralCode = newCode();
    if ((await tx.link.count({ where: { code: referralCode } })) > 0) continue;
    const { locale, timeZone, ...rest } = input;
    const [member] = await tx.member.createManyAndReturn({
      data: [
        {
          ...rest,
          // The name that a signup would give this member too.
          id: nameId('member', input.programId, input.externalId),
          referralCode,
          ...given({ locale, timeZone }),
        },
      ],
      skipDuplicates: true,
    });
    if (member !== undefined) {
      await createLink(tx, {
        programId: input.programId,
        memberId: member.id,
        kind: 'shared',
        slug: referralCode,
      });
      return member;
    }
    const { programId, externalId } = input;
    if ((await tx.member.count({ where: { programId, externalId } })) > 0) return null;
  }
  throw new Error('no free referral code in five tries');
}
