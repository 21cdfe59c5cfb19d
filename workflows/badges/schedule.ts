import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';

const activities = proxyActivities<Activities>({
  // A signature takes milliseconds; many may have gathered.
  startToCloseTimeout: '10 minutes',
  retry: { initialInterval: '2 seconds', maximumInterval: '1 minute', maximumAttempts: 10 },
});

/**
 * Signs the credentials of badges that were granted and have none. Started by schedule; a run that is missed
 * is made up by the next.
 */
export async function badges(): Promise<{ readonly issued: number; readonly failed: number }> {
  const result = await activities.issueBadges({ now_ms: Date.now() });
  setCurrentDetails(`credentials issued: ${result.issued}, failed: ${result.failed}`);
  return result;
}
