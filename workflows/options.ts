import type { LocalActivityOptions } from '@temporalio/workflow';

/**
 * For an activity that is one short database transaction, idempotent by a business key. It runs inside the
 * workflow task, which saves a round trip to the server. While the database is unavailable, it is retried
 * without limit; a failure of type `Bug` is not retried. Beyond the threshold each try waits for a timer and
 * leaves six events in the history: at one a minute, the outage of a day leaves 8,640 of 51,200.
 */
export const SHORT_TRANSACTION: LocalActivityOptions = {
  startToCloseTimeout: '20 seconds',
  localRetryThreshold: '10 seconds',
  retry: {
    initialInterval: '100 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
    nonRetryableErrorTypes: ['Bug'],
  },
};
