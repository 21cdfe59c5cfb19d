import { ok, type Result, refuse } from '../refusal.ts';

interface Named {
  readonly externalId: string;
  readonly hostId: string | null;
}

/** How the host calls a member now; `externalId` is how it did when they became known. */
export const hostIdOf = ({ externalId, hostId }: Named): string => hostId ?? externalId;

/**
 * Whether a member may be given this external id, which leads to the holder by now (null: to nobody). Refuses
 * with `external_id_taken` one that is another member's, was ever, or is this one's now.
 */
export function mayBeCalled(
  member: Named & { readonly id: string },
  externalId: string,
  holderId: string | null,
): Result<null> {
  if ((holderId ?? member.id) !== member.id) {
    return refuse('external_id_taken', 'This external id leads to another member.');
  }
  if (hostIdOf(member) === externalId) {
    return refuse('external_id_taken', 'It is the external id of this member already.');
  }
  return ok(null);
}
