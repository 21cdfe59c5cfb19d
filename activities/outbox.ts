/** Something the outside is to be told. Ids and amounts only: a receiver asks the API for more. */
export interface OutboxMessage {
  /** Once per program: a repeat of the step that tells it tells nothing new. */
  readonly key: string;
  /** Messages of one subject go out in order. */
  readonly subject: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}
