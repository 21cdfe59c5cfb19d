import { randomBytes } from 'node:crypto';
import { codeFrom } from '../../domain/links/code.ts';
import { nameId, newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Link, Member } from '../../prisma/generated/client.ts';
import { fail } from '../http/errors.ts';
import { checkDestination } from '../redirect/destination.ts';

/** A collision among 27 thousand million codes is rare; five in a row mean something is broken. */
const TRIES_MAX = 5;

/** A link code nobody has guessed yet: random, speakable, free of profanity. */
export function newCode(): string {
  for (;;) {
    const code = codeFrom(randomBytes(32));
    if (code !== null) return code;
  }
}

export interface NewLink {
  readonly programId: string;
  readonly memberId: string;
  readonly kind: 'shared' | 'personal';
  /** A vanity slug; left out, a code is drawn. */
  readonly slug?: string | undefined;
  readonly campaign?: string | undefined;
  readonly destination?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

/**
 * Stores a link. Throws `slug_taken` when the slug belongs to anyone, in any program: codes share one address
 * space.
 */
export async function createLink(tx: Tx, input: NewLink): Promise<Link> {
  for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
    const code = input.slug ?? newCode();
    const [made] = await tx.link.createManyAndReturn({
      data: [
        {
          programId: input.programId,
          id: newId(),
          memberId: input.memberId,
          code,
          kind: input.kind,
          campaign: input.campaign ?? null,
          destination: input.destination ?? null,
          expiresAt: input.expiresAt ?? null,
        },
      ],
      skipDuplicates: true,
    });
    if (made !== undefined) return made;
    if (input.slug !== undefined) throw fail('slug_taken', 'This slug is taken.');
  }
  throw new Error('no free link code in five tries');
}

/** The canonical form of a destination that the program allows; throws `destination_forbidden`. */
export function allowedDestination(
  raw: string,
  allowedHosts: readonly string[],
  isDevelopment: boolean,
): string {
  const destination = checkDestination(raw, allowedHosts, isDevelopment);
  if (destination !== null) return destination;
  throw fail(
    'destination_forbidden',
    'A destination is an https address on one of the program’s allowed hosts.',
  );
}

export interface NewMember {
  readonly programId: string;
  readonly externalId: string;
  readonly email: string | null;
  readonly emailKey: string | null;
  readonly locale?: string | undefined;
  readonly timeZone?: string | undefined;
}

/**
 * Stores a member with a referral code and the shared link that has this code. Null when the external id is
 * taken meanwhile.
 */
export async function createMember(tx: Tx, input: NewMember): Promise<Member | null> {
  for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
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
          ...(locale === undefined ? {} : { locale }),
          ...(timeZone === undefined ? {} : { timeZone }),
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
