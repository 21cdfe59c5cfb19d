import type pg from 'pg';

/** An event on its way into the table; field names are the columns of the insert. */
export interface EventRow {
  readonly program_id: string;
  readonly id: string;
  readonly key: string;
  readonly request_hash: string;
  readonly type: string;
  readonly subject: string;
  readonly refund_of: string | null;
  readonly value_minor: string | null;
  readonly unit: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly occurred_at: string;
  /** For a signup without a personal link; actions and refunds are resolved by the pump. */
  readonly workflow_id: string | null;
  /** Whether its sender waits for the decision. */
  readonly awaited: boolean;
  /** A signup's code, to find out whether it is of a personal link. */
  readonly code: string | null;
  /** The order that an action is, by the host's own id. */
  readonly order_id: string | null;
}

/** Runs one statement, on a connection or within a transaction. */
export type Ask = <R extends pg.QueryResultRow>(statement: {
  readonly name: string;
  readonly text: string;
  readonly values: string[];
}) => Promise<R[]>;
