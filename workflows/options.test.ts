import { expect, test } from 'vitest';
import { DAY_MS } from '../domain/time.ts';
import { SHORT_TRANSACTION } from './options.ts';

/** Of a try after a timer: the timer's start and end, three of the workflow task, and the marker. */
const EVENTS_EACH_TRY = 6;
/** At which the server ends a run. */
const HISTORY_EVENTS_MAX = 51_200;

test('the tries of a day without a database fit a history, with room for what it held before', () => {
  expect(SHORT_TRANSACTION.retry?.maximumInterval).toBe('1 minute');
  const tries = DAY_MS / 60_000;
  expect(tries * EVENTS_EACH_TRY).toBeLessThan(HISTORY_EVENTS_MAX / 2);
});
