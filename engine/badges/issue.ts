import { createHash, randomBytes } from 'node:crypto';
import { credentialDocument, type IssuerFacts, type RecipientFacts } from '../../domain/badges/credential.ts';
import { statusPlace } from '../../domain/badges/status-list.ts';
import { type BadgeUrls, badgeUrls, type IssuerForm, issuerId } from '../../domain/badges/urls.ts';
import { hostIdOf } from '../../domain/members/host-id.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type {
  BadgeDefinition,
  BadgeRecipient,
  Member,
  Program,
  Reward,
} from '../../prisma/generated/client.ts';
import { type OutboxMessage, tell } from '../events/outbox.ts';
import { lockReward } from '../rewards/lock.ts';
import { subjectOf } from '../rewards/mature.ts';
import { type BadgeSettings, lockIssuerKey } from './keys.ts';
import { signCredential } from './sign.ts';

/** The result of an attempt to issue: the credential's id, or why there is none. */
export type Issued =
  | { readonly credentialId: string; readonly isNew: boolean }
  | { readonly credentialId: null; readonly reason: 'not_a_badge' | 'not_available' | 'no_achievement' };

/** A program as the issuer of its badges. Throws for a `did:web` that the public address cannot have. */
export function issuerOf(
  program: Pick<Program, 'id' | 'name' | 'defaultDestination'>,
  urls: BadgeUrls,
  form: IssuerForm,
): IssuerFacts {
  const id = issuerId(urls, program.id, form);
  if (id === null) throw new Error(`${urls.issuer(program.id)} has no did:web`);
  return { id, name: program.name, url: program.defaultDestination };
}

/**
 * Signs the credential of a badge that was granted and has matured. Each reward gets one credential, however
 * often and from how many places it is asked for: the lock on the issuer key puts the issuing of a program in
 * order, and the table's unique key has the last word. Throws `IssuerKeyError`.
 */
export async function issueBadge(
  tx: Tx,
  settings: BadgeSettings,
  ref: { readonly programId: string; readonly rewardId: string; readonly now_ms: number },
): Promise<Issued> {
  const { programId, rewardId } = ref;
  const key = await lockIssuerKey(tx, programId, settings.ring);
  await lockReward(tx, programId, rewardId);
  const reward = await tx.reward.findUnique({
    where: { programId_id: { programId, id: rewardId } },
    include: { badge: { select: { id: true } }, member: { include: { recipient: true } } },
  });
  if (reward === null || reward.kind !== 'badge' || reward.label === null) {
    return { credentialId: null, reason: 'not_a_badge' };
  }
  if (reward.badge !== null) return { credentialId: reward.badge.id, isNew: false };
  if (reward.status !== 'available') return { credentialId: null, reason: 'not_available' };
  const definition = await tx.badgeDefinition.findUnique({
    where: { programId_label: { programId, label: reward.label } },
    omit: { image: true },
  });
  if (definition === null) return { credentialId: null, reason: 'no_achievement' };
  const program = await tx.program.findUniqueOrThrow({ where: { id: programId } });
  const statusIndex = await nextStatusIndex(tx, programId);
  const id = newId(ref.now_ms);
  const urls = badgeUrls(settings.publicUrl);
  const now = new Date(ref.now_ms);
  const { issuerForm: form } = settings;
  const unsigned = unsignedOf({
    id,
    urls,
    form,
    program,
    reward,
    definition,
    statusIndex,
    now_ms: ref.now_ms,
  });
  const signed = await signCredential(unsigned, unsigned.issuer.id, key, now);
  const { memberId } = reward;
  const document = JSON.stringify(signed);
  const credential = {
    programId,
    id,
    rewardId,
    definitionId: definition.id,
    memberId,
    statusIndex,
    document,
  };
  await tx.badgeCredential.create({ data: { ...credential, issuedAt: now }, select: { id: true } });
  await markAndTell(tx, reward, id);
  return { credentialId: id, isNew: true };
}

/**
 * The next free place in the status lists. The issuer key's lock keeps two calls from getting the same one.
 */
async function nextStatusIndex(tx: Tx, programId: string): Promise<number> {
  const { _max } = await tx.badgeCredential.aggregate({ where: { programId }, _max: { statusIndex: true } });
  return (_max.statusIndex ?? -1) + 1;
}

interface Unsigned {
  readonly id: string;
  readonly urls: BadgeUrls;
  readonly form: IssuerForm;
  readonly program: Program;
  readonly reward: Reward & { readonly member: Member & { readonly recipient: BadgeRecipient | null } };
  readonly definition: Omit<BadgeDefinition, 'image'>;
  readonly statusIndex: number;
  readonly now_ms: number;
}

function unsignedOf({ id, urls, form, program, reward, definition, statusIndex, now_ms }: Unsigned) {
  const place = statusPlace(statusIndex);
  return credentialDocument({
    id: urls.credential(id),
    issuer: issuerOf(program, urls, form),
    definition: {
      id: urls.definition(definition.id),
      name: definition.name,
      description: definition.description,
      criteria: definition.criteria,
      imageUrl: urls.definitionImage(definition.id),
    },
    recipient: recipientOf(reward.member, reward.member.recipient),
    // An event may be minutes ahead of our clock; a credential that is not valid yet would puzzle verifiers.
    valid_from_ms: Math.min(reward.grantedAt.getTime(), now_ms),
    valid_until_ms: reward.expiresAt?.getTime() ?? null,
    statusListUrl: urls.statusList(program.id, place.list, form),
    statusListIndex: place.index,
  });
}

/**
 * The recipient's identity as a salted hash: the e-mail's, and the name beside it, only where the member
 * allowed.
 */
function recipientOf(member: Member, allowed: BadgeRecipient | null): RecipientFacts {
  const salt = randomBytes(16).toString('hex');
  const byEmail = allowed?.identity === 'email' && member.email !== null;
  const identity = byEmail ? (member.email ?? '') : hostIdOf(member);
  return {
    identityType: byEmail ? 'emailAddress' : 'accountId',
    identityHash: `sha256$${createHash('sha256')
      .update(identity + salt)
      .digest('hex')}`,
    salt,
    displayName: allowed?.displayName ?? null,
  };
}

async function markAndTell(tx: Tx, reward: Reward, credentialId: string): Promise<void> {
  const { programId, id: rewardId, memberId, label, referralId } = reward;
  await tx.reward.update({
    where: { programId_id: { programId, id: rewardId } },
    data: { badgeIssued: true },
    select: { id: true },
  });
  const message: OutboxMessage = {
    key: `badge.issued:${rewardId}`,
    subject: subjectOf({ referralId, memberId }),
    members: [memberId],
    type: 'badge.issued',
    payload: { rewardId, credentialId, memberId, label },
  };
  await tell(tx, programId, [message]);
}
