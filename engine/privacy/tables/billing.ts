import { OWN, PSEUDONYM, type TableRule } from '../rule.ts';

const OF_SUBJECT = 't.subject = ANY(:subjects)';

/** What systems outside sent. Their messages become events, and are kept nowhere else. */
export const BILLING_TABLES = {
  billing_customers: { kept: 'program_id provider certain', of: OF_SUBJECT, goes: 'customer_id subject' },
  billing_payments: {
    kept: 'program_id id provider unit gross_minor value_minor',
    of: OF_SUBJECT,
    by: 'events',
    // It follows the key of its purchase, so that a refund still finds it.
    becomes: { event_key: "'erased:' || purchase.id", subject: PSEUDONYM },
  },
  billing_promotions: {
    kept: 'program_id coupon first_order made_at checked_at',
    of: OWN,
    goes: 'member_id promotion_code_id',
  },
  // Ids of the provider's by which a refund finds its payment. Who paid, the provider alone knows.
  billing_objects: { kept: 'program_id provider object_id payment_id' },
  billing_refunds: {
    kept: 'program_id key payment_id seq unit gross_minor occurred_at taken_minor is_taken_back',
  },
  billing_deliveries: {
    kept: 'program_id id provider delivery_id type result reason created_at',
    by: 'events',
    // Forgotten after a month in any case.
    becomes: { event_keys: 'the new keys of the events' },
  },
  billing_sources: { kept: 'program_id provider settings sealed_secrets sealed_api_key updated_at' },
} as const satisfies Readonly<Record<string, TableRule>>;
