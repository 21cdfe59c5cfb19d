import type { RuleFacts } from '../rules/facts.ts';

/** What point rules look at, gathered under the members' locks. */
export interface PointsFacts extends RuleFacts {
  readonly actorId: string;
  /** Who brought the actor; null: nobody. */
  readonly referrer: { readonly id: string; readonly qualifiedCount: number } | null;
}
