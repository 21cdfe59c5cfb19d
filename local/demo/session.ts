import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createReferralClient, errorCodeOf, type ReferralClient } from '../../api/client.ts';
import { UserError } from '../user-error.ts';
import type { Engine } from './engine.ts';
import { patiently } from './patience.ts';
import { demoPolicy } from './policy.ts';

export const SLUG = 'cdnow-demo';
const SHOP = 'https://shop.example/';
/** What an integrator's key needs to import history, and an operator's to approve and to settle by hand. */
const SCOPES = [
  'read',
  'events:write',
  'events:import',
  'members:write',
  'links:write',
  // To make boards and seasons, and to define badges.
  'programs:write',
  'badges:write',
  'redemptions:write',
  'redemptions:approve',
  // To offer what can be redeemed, to pay by batch, and to record what answers led to.
  'catalogue:write',
  'payouts:write',
  'surveys:write',
] as const;

/** The demo's program, and a client that uses the program's own key. */
export interface Session {
  readonly client: ReferralClient;
  readonly programId: string;
  readonly api: string;
}

interface Kept {
  readonly programId: string;
  readonly apiKey: string;
}

/** The name under which a call is repeated: the same in every run. */
export const once = (...name: readonly string[]): { context: { idempotencyKey: string } } => ({
  context: { idempotencyKey: [SLUG, ...name].join(':') },
});

function readKept(file: string): Kept | null {
  try {
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Kept) : null;
  } catch {
    return null;
  }
}

/** Makes the program by the first run's call, or finds what that made. */
async function programIdOf(platform: ReferralClient): Promise<string> {
  const input = {
    slug: SLUG,
    name: 'CDNOW demo',
    defaultDestination: SHOP,
    policy: demoPolicy(),
  };
  try {
    const made = await patiently(() => platform.programs.create.mutate(input, once('program')));
    return made.program.id;
  } catch (error) {
    if (!['slug_taken', 'key_reused'].includes(errorCodeOf(error) ?? '')) throw error;
    throw new UserError(
      `A program “${SLUG}” exists that this version of the demo did not make: give the demo an engine ` +
        'with a DATA_DIR of its own.',
    );
  }
}

async function works(client: ReferralClient): Promise<boolean> {
  try {
    await patiently(() => client.programs.get.query());
    return true;
  } catch (error) {
    if (errorCodeOf(error) === null) throw error;
    return false;
  }
}

/**
 * The program and a key for it; both are made by the first run and kept in `cdnow-demo.json` of the data
 * folder.
 * Errors: `UserError` when somebody else has the program's name.
 */
export async function openSession(engine: Engine, dataDir: string): Promise<Session> {
  const file = path.join(dataDir, `${SLUG}.json`);
  const state = readKept(file);
  if (state !== null) {
    const client = createReferralClient({ url: engine.api, apiKey: state.apiKey });
    if (await works(client)) return { client, programId: state.programId, api: engine.api };
  }
  const platform = createReferralClient({ url: engine.api, apiKey: engine.platformKey });
  const programId = await programIdOf(platform);
  const owner = createReferralClient({ url: engine.api, apiKey: engine.platformKey, programId });
  const { apiKey } = await owner.keys.create.mutate({ name: 'demo importer', scopes: [...SCOPES] });
  if (apiKey === null) throw new Error('a new key came without its text');
  writeFileSync(file, `${JSON.stringify({ programId, apiKey })}\n`, { mode: 0o600 });
  return { client: createReferralClient({ url: engine.api, apiKey }), programId, api: engine.api };
}
