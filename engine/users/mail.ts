import { newId } from '../../platform/ids.ts';
import { type SealKey, type SealRing, seal, unseal } from '../../platform/seal.ts';
import type { Database, Tx } from '../../prisma/client.ts';

/** What people are written about signing in. `url` is where the e-mail leads. */
export type UserMail = { readonly to: string } & (
  | { readonly kind: 'verify_email' | 'sign_in' | 'reset_password' | 'delete_account'; readonly url: string }
  | { readonly kind: 'confirm_email_change'; readonly url: string; readonly newEmail: string }
  /** Somebody tried to register the address of an account, or asked for a link that it cannot have. */
  | { readonly kind: 'already_registered' | 'second_factor_kept'; readonly url: string }
  | {
      readonly kind: 'invitation';
      readonly url: string;
      readonly program: string;
      readonly role: string;
      readonly days: number;
    }
);

/** What a queued e-mail's content is sealed with. */
export const userMailSealKey = (ring: SealRing, id: string): SealKey => ({
  ring,
  purpose: 'user email',
  owner: id,
});

/** Puts an e-mail into the queue, from which a worker sends it. It is of no use after `expires_at_ms`. */
export async function queueUserMail(
  db: Database | Tx,
  ring: SealRing,
  mail: UserMail,
  { now_ms, expires_at_ms }: { readonly now_ms: number; readonly expires_at_ms: number },
): Promise<void> {
  const id = newId(now_ms);
  await db.userEmail.create({
    data: {
      id,
      sealed: seal(userMailSealKey(ring, id), JSON.stringify(mail)),
      dueAt: new Date(now_ms),
      expiresAt: new Date(expires_at_ms),
    },
    select: { id: true },
  });
}

/** What a queued e-mail says; null when no secret of the ring opens it. */
export function openUserMail(ring: SealRing, id: string, sealed: string): UserMail | null {
  const text = unseal(userMailSealKey(ring, id), sealed);
  return text === null ? null : (JSON.parse(text) as UserMail);
}

/** An e-mail that a sender has to itself for a while. */
export interface ClaimedUserMail {
  readonly id: string;
  readonly sealed: string;
  readonly attempts: number;
  /** Its links are of no use any more. */
  readonly isOver: boolean;
}

/** Claims the e-mail that is due the longest: nobody else has it for `lease_s` seconds. Null: none is due. */
export async function claimUserMail(db: Database, lease_s: number): Promise<ClaimedUserMail | null> {
  const [row] = await db.$queryRaw<ClaimedUserMail[]>`
    UPDATE user_emails SET due_at = now() + make_interval(secs => ${lease_s}), attempts = attempts + 1
    WHERE id = (
      SELECT id FROM user_emails WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id::text, sealed, attempts, expires_at <= now() AS "isOver"`;
  return row ?? null;
}
