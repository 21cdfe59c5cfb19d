import type { Considered } from '../../domain/referrals/attribution.ts';

/** Returns the considered claims in the form in which decisions are stored, whose field names stay. */
export const claimTraces = (considered: readonly Considered[]) =>
  considered.map(({ by, linkId, referrerId, touchId, at_ms, rejectedBecause }) => ({
    by,
    link_id: linkId,
    referrer_id: referrerId,
    touch_id: touchId,
    at_ms,
    ...(rejectedBecause === undefined ? {} : { rejected_because: rejectedBecause }),
  }));
