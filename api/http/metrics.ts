import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What the API counts. Labels come from closed sets: routes, procedures, codes. */
export interface ApiMetrics {
  readonly refusals: Counter<'code' | 'procedure'>;
  readonly events: Counter<'result'>;
  readonly unreadable: Counter<'detail'>;
  readonly clicks: Counter<'result'>;
  readonly batchSize: Histogram<'queue'>;
  readonly duration_s: Histogram<'route' | 'method' | 'status'>;
  readonly waiters: Gauge;
  readonly feedStreams: Gauge;
}

export function createApiMetrics(registry: Registry): ApiMetrics {
  const registers = [registry];
  return {
    refusals: new Counter({
      name: 'referral_refusals_total',
      help: 'Requests that were refused, by code and procedure.',
      labelNames: ['code', 'procedure'],
      registers,
    }),
    events: new Counter({
      name: 'referral_events_total',
      help: 'Events at intake: accepted, or replayed under a key seen before.',
      labelNames: ['result'],
      registers,
    }),
    unreadable: new Counter({
      name: 'referral_unreadable_details_total',
      help: 'Details of signups that could not be read: email, code, clickId, visitorId, ip.',
      labelNames: ['detail'],
      registers,
    }),
    clicks: new Counter({
      name: 'referral_clicks_total',
      help: 'Clicks: recorded, duplicate, bot, inactive, unknown, journaled, replayed, dropped.',
      labelNames: ['result'],
      registers,
    }),
    batchSize: new Histogram({
      name: 'referral_batch_size',
      help: 'Rows of one group commit.',
      labelNames: ['queue'],
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
      registers,
    }),
    duration_s: new Histogram({
      name: 'referral_http_duration_seconds',
      help: 'Time from a request to its answer; redirects are counted as clicks instead.',
      labelNames: ['route', 'method', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    waiters: new Gauge({ name: 'referral_waiters', help: 'Requests that wait for a decision.', registers }),
    feedStreams: new Gauge({
      name: 'referral_feed_streams',
      help: 'Streams of feeds that are open.',
      registers,
    }),
  };
}
