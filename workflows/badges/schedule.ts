import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';

const activities = proxyActivities<Activities>({
  // A signature takes milliseconds, but many badges may wait.
  startToCloseTimeout: '10 minutes',
  retry: { initialInterval: '2 seconds', maximumInterval: '1 minute', maximumAttempts: 10 },
});

/**
 * Signs the missing credentials of granted badges. A schedule starts it; the next run makes up for a missed
 * one.
 */
export async function badges(): Promise<{ readonly issued: number; readonly failed: number }> {
  const result = await activities.issueBadges({ now_ms: Date.now() });
  setCurrentDetails(`credentials issued: ${result.issued}, failed: ${result.failed}`);
  return result;
}
