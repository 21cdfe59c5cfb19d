/** Two members of whom one is merged into the other, by which command, and at which time of its workflow. */
export interface Merge {
  readonly programId: string;
  readonly goesId: string;
  readonly staysId: string;
  readonly commandId: string;
  /** Who says so, and why: what it sends to other workflows says the same. */
  readonly saying: { readonly actor: string | null; readonly note: string | null };
  readonly now_ms: number;
}
