/**
 * What an API key or an operator may be allowed to do in a program. `*` is for platform keys alone: they make
 * programs and act for any of them.
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
  /**
   * The policy's text, and what each fraud signal weighs: whoever knows that can stay below the threshold.
   */
  'policies:read',
  'policies:write',
  'referrals:review',
  /** To make and unmake value by hand, and to say who referred whom. */
  'rewards:write',
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
  /** Who may sign in to the program, and in which role. */
  'operators:write',
  /** Who did what in the program, to read and to export. */
  'audit:read',
  /** To export all that is kept of a member, and to erase it. */
  'privacy:write',
] as const;

export type Scope = (typeof SCOPES)[number];
