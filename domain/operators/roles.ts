import { SCOPES, type Scope } from './scopes.ts';

/** What an operator is in one program. Somebody may be another thing in the next. */
export const ROLES = ['owner', 'admin', 'developer', 'finance', 'analyst', 'support'] as const;

export type Role = (typeof ROLES)[number];

/**
 * Three lines are drawn between the roles. Who pays does not write the rules of what is paid, and who writes
 * code neither approves nor pays. Who talks with members sees who they are and corrects what is theirs, but
 * makes no value: goodwill is for an admin. Who only counts sees no addresses.
 */
const SCOPES_OF: Readonly<Record<Role, readonly Scope[]>> = {
  owner: SCOPES,
  admin: SCOPES,
  developer: [
    'read',
    'events:write',
    'events:import',
    'members:write',
    'links:write',
    // What the host's server asks for on a member's behalf; whether it is paid, others decide.
    'redemptions:write',
    'webhooks:write',
    'billing:write',
    'keys:write',
    'tokens:write',
    'tokens:configure',
  ],
  finance: [
    'read',
    'policies:read',
    'redemptions:approve',
    'payouts:write',
    'destinations:read',
    'audit:read',
  ],
  analyst: ['read', 'policies:read'],
  support: [
    'read',
    'emails:read',
    'policies:read',
    'members:write',
    'links:write',
    'referrals:review',
    'notices:write',
    'surveys:write',
  ],
};

const SETS = new Map(ROLES.map((role) => [role, new Set<Scope>(SCOPES_OF[role])]));
const NONE: ReadonlySet<Scope> = new Set();

/** What an operator in this role may do. */
export const scopesOf = (role: Role): ReadonlySet<Scope> => SETS.get(role) ?? NONE;

/**
 * Whether an operator in the role `by` may give somebody the role `role`, or take it away. Only an owner
 * makes or removes owners: else an admin could take the program over.
 */
export const mayAssign = (by: Role, role: Role): boolean =>
  scopesOf(by).has('operators:write') && (role !== 'owner' || by === 'owner');
