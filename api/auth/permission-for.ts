import { SCOPES, type Scope } from '../../domain/operators/scopes.ts';
import type { Permission } from './permission.ts';
import { PERMISSIONS, STREAM_PERMISSIONS } from './permissions.ts';

/** The procedures that the table has. */
export type ListedProcedure = keyof typeof PERMISSIONS;

export const LISTED_PROCEDURES = Object.keys(PERMISSIONS) as readonly ListedProcedure[];

const byPath: ReadonlyMap<string, Permission> = new Map(
  Object.entries({ ...PERMISSIONS, ...STREAM_PERMISSIONS }),
);

/** What the procedure or stream at this path asks for. Throws when the table lacks it: nobody may call it. */
export function permissionFor(path: string): Permission {
  const permission = byPath.get(path);
  if (permission === undefined) throw new Error(`the table of permissions lacks ${path}`);
  return permission;
}

/** The scope that the procedure asks for; null: it asks for something else. */
export function scopeFor(path: string): Scope | null {
  const permission = permissionFor(path);
  return isScope(permission) ? permission : null;
}

const isScope = (permission: Permission): permission is Scope =>
  (SCOPES as readonly Permission[]).includes(permission);
