import path from 'node:path';
import type { Config } from '../../platform/config.ts';
import type { PrivacySettings } from './steps/step.ts';

/** What erasures work with, by the configuration. */
export const privacySettings = (config: Config): PrivacySettings => ({
  hashSecret: config.HASH_SECRET,
  ring: config.seal_ring,
  listFile: config.ERASURE_LIST ?? path.join(config.DATA_DIR, 'erasures.ndjson'),
  dataDir: config.DATA_DIR,
  months: {
    clicks: config.CLICKS_MONTHS ?? null,
    notices: config.NOTICES_MONTHS ?? null,
    messages: config.MESSAGES_MONTHS ?? null,
    events: config.EVENTS_MONTHS ?? null,
  },
});
