import { defineSignal } from '@temporalio/workflow';

/** The type, and with a hyphen and the endpoint's id the id, of the workflow that tells an endpoint. */
export const DELIVERY = 'delivery';

/** Something is due to the endpoint. */
export const wake = defineSignal('wake');

/** The queue whose worker makes the calls: a slow endpoint takes no place of the other activities. */
export const webhookQueue = (taskQueue: string): string => `${taskQueue}-webhooks`;
