/**
 * What an API key may be allowed to do. `*` is for platform keys alone: they make programs and act for any of
 * them.
 */
export const SCOPES = [
  'read',
  'events:write',
  'events:import',
  'members:write',
  /** Members' e-mail addresses, to read and to search by. */
  'emails:read',
  'links:write',
  'programs:write',
  'policies:write',
  'referrals:review',
  'redemptions:write',
  'redemptions:approve',
  'badges:write',
  'notices:write',
  'points:write',
  'catalogue:write',
  'payouts:write',
  'destinations:read',
  'surveys:write',
  /** Endpoints with their secrets, and all that they are sent and say. */
  'webhooks:write',
  'billing:write',
  'keys:write',
  /** Member tokens, for any member of the program. */
  'tokens:write',
  /** Whose member tokens the program takes, and from which web pages. */
  'tokens:configure',
] as const;

export type Scope = (typeof SCOPES)[number];
