/**
 * How long all takes but the events, and how many of these are decided in a second: twice as slow as measured
 * with 200 customers on two cores (12 s, 100 a second), since there are slower ones.
 */
const WAITS_S = 25;
const EVENTS_PER_S = 45;

/** In how many minutes so many events are played at the latest, in words. */
export function durationOf(events: number): string {
  const minutes = Math.ceil((WAITS_S + events / EVENTS_PER_S) / 60);
  return minutes === 1 ? 'under a minute' : `under ${minutes} minutes`;
}
