/** Which member, and what time it is for the workflow that asks (in milliseconds since 1970). */
export interface MemberRef {
  readonly programId: string;
  readonly memberId: string;
  readonly now_ms: number;
}

/** A batch of events from the member's queue, in the order in which they are to be decided. */
export interface MemberEvents extends MemberRef {
  readonly eventIds: readonly string[];
}

/** What a step of the member's life leaves to be done. */
export interface MemberStep {
  /** When to look again by itself; null: when something comes. */
  readonly due_at_ms: number | null;
}
