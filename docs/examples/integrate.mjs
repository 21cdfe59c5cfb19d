// A first integration with the typed client, from a fresh program to a member's balance. The engine runs:
//   node docs/examples/integrate.mjs [URL [KEY FILE]]
import { readFileSync } from 'node:fs';
import { createReferralClient } from 'referral-engine/client';

/** Where `npm start` runs the engine, and keeps its first key. */
const DEFAULTS = { url: 'http://localhost:3000', keyFile: '.data/platform-key' };
const [url = DEFAULTS.url, keyFile = DEFAULTS.keyFile] = process.argv.slice(2);
const platform = createReferralClient({ url, apiKey: readFileSync(keyFile, 'utf8').trim() });
const program = JSON.parse(readFileSync(new URL('program.json', import.meta.url), 'utf8'));

// A key of one's own makes the call repeatable; without it, the client draws one for each call.
const slug = `acme-${Date.now().toString(36)}`;
const made = await platform.programs.create.mutate(
  { ...program, slug },
  { context: { idempotencyKey: `create ${slug}` } },
);
const client = createReferralClient({ url, apiKey: made.apiKey });

const ada = await client.members.upsert.mutate({ externalId: 'ada', email: 'ada@ada.example' });
await client.events.record.mutate({
  key: 'signup-bob',
  type: 'signup',
  subject: 'bob',
  email: 'bob@bob.example',
  code: ada.referralCode,
});
const { outcome } = await client.events.record.mutate({
  key: 'order-1001',
  type: 'purchase',
  subject: 'bob',
  value: { minor: '4900', unit: 'USD' },
  properties: { channel: 'web' },
  wait_ms: 5_000,
});
const { items: balances } = await client.balances.get.query({ memberId: ada.id });
process.stdout.write(`${JSON.stringify({ outcome, balances }, null, 2)}\n`);
