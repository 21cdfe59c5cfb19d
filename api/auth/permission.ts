import type { Scope } from '../../domain/operators/scopes.ts';

/**
 * What a procedure asks of its caller: a scope, a platform key, a member's token, a user who is signed in, a
 * founder (a platform key, or a user who may make programs), or nothing.
 */
export type Permission = Scope | 'platform' | 'member' | 'user' | 'founder' | 'anyone';
