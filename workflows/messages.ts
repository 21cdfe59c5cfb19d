import { defineSignal } from '@temporalio/workflow';

/**
 * A stored event handed to the workflow that decides it: ids and type only, its content stays in the
 * database.
 */
export interface Delivery {
  readonly eventId: string;
  readonly type: string;
}

/**
 * Hands over events that wait together, in the order in which they are to be decided. A repeat changes
 * nothing.
 */
export const deliver = defineSignal<[readonly Delivery[]]>('deliver');
