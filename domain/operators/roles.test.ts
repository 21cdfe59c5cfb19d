import { describe, expect, it } from 'vitest';
import { mayAssign, ROLES, type Role, scopesOf } from './roles.ts';
import { SCOPES, type Scope } from './scopes.ts';

const may = (role: Role, ...scopes: Scope[]) => scopes.map((scope) => scopesOf(role).has(scope));
/** The roles that may do it. */
const who = (scope: Scope) => ROLES.filter((role) => scopesOf(role).has(scope));

describe('roles', () => {
  it('all read; owners and admins do everything', () => {
    expect(who('read')).toEqual(ROLES);
    for (const role of ['owner', 'admin'] as const) expect([...scopesOf(role)]).toEqual(SCOPES);
  });

  it('nobody below an admin both writes the rules of what is paid, or makes value by hand, and pays', () => {
    for (const scope of ['policies:write', 'programs:write', 'points:write'] as const) {
      expect(who(scope)).toEqual(['owner', 'admin']);
    }
    expect(may('finance', 'redemptions:approve', 'payouts:write', 'destinations:read')).toEqual([
      true,
      true,
      true,
    ]);
    expect(may('finance', 'policies:read', 'audit:read')).toEqual([true, true]);
  });

  it('a developer holds keys, and neither approves nor pays, nor learns what fraud signals weigh', () => {
    expect(may('developer', 'keys:write', 'tokens:write', 'webhooks:write')).toEqual([true, true, true]);
    const never: Scope[] = [
      'redemptions:approve',
      'payouts:write',
      'destinations:read',
      'policies:read',
      'emails:read',
    ];
    expect(may('developer', ...never)).toEqual(never.map(() => false));
  });

  it('no other role below an admin holds keys, so that none hands on what it may not do itself', () => {
    expect(who('keys:write')).toEqual(['owner', 'admin', 'developer']);
  });

  it('an analyst only reads, without addresses', () => {
    expect([...scopesOf('analyst')]).toEqual(['read', 'policies:read']);
  });

  it('support sees who members are, reviews referrals, and makes no value', () => {
    expect(may('support', 'emails:read', 'members:write', 'referrals:review')).toEqual([true, true, true]);
    const never: Scope[] = ['points:write', 'redemptions:write', 'redemptions:approve', 'badges:write'];
    expect(may('support', ...never)).toEqual(never.map(() => false));
    expect(who('emails:read')).toEqual(['owner', 'admin', 'support']);
  });

  it('only owners and admins manage operators, and only an owner makes or removes owners', () => {
    const assigned = (by: Role) => ROLES.filter((role) => mayAssign(by, role));
    expect(assigned('owner')).toEqual(ROLES);
    expect(assigned('admin')).toEqual(ROLES.filter((role) => role !== 'owner'));
    for (const role of ['developer', 'finance', 'analyst', 'support'] as const) {
      expect(assigned(role)).toEqual([]);
    }
  });
});
