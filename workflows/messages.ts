import { defineSignal } from '@temporalio/workflow';

/**
 * A stored event that is handed to the workflow that decides it. It carries ids and the type only; its
 * content stays in the database.
 */
export interface Delivery {
  readonly eventId: string;
  readonly type: string;
}

/**
 * Hands over events that waited together, in the order of their decisions. A repeat changes nothing.
 */
export const deliver = defineSignal<[readonly Delivery[]]>('deliver');
