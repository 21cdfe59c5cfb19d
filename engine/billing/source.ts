import { type SealKey, type SealRing, seal, unseal } from '../../platform/seal.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import type { BillingProvider, BillingSource, Prisma } from '../../prisma/generated/client.ts';

/** A program's source of billing events, with its secrets open. */
export interface OpenSource {
  /** As `setSource` was given it. */
  readonly settings: unknown;
  /** Empty: the deployment's secret opens none of them. */
  readonly secrets: readonly string[];
  /** Null: there is none, or the deployment's secret does not open it. */
  readonly apiKey: string | null;
  /** The connected account that the key acts for; null: its own. */
  readonly account: string | null;
  /** When it was last set. */
  readonly updatedAt: Date;
}

/** What to change; null takes the API key away, and what is left out stays. */
export interface SourceChange {
  readonly settings: Prisma.InputJsonObject;
  readonly secrets?: readonly string[] | undefined;
  readonly apiKey?: string | null | undefined;
  readonly now: Date;
}

/** What a source's secrets are sealed with: they open only in its own row. */
export const sourceSealKey = (ring: SealRing, programId: string, provider: string): SealKey => ({
  ring,
  purpose: 'billing source',
  owner: `${programId} ${provider}`,
});

/**
 * Sets how a program reads the messages of a provider. Null: it is new, and has no secret of signatures yet.
 */
export async function setSource(
  tx: Tx,
  { programId, provider }: { readonly programId: string; readonly provider: BillingProvider },
  ring: SealRing,
  { settings, secrets, apiKey, now }: SourceChange,
): Promise<BillingSource | null> {
  const key = sourceSealKey(ring, programId, provider);
  const where = { programId_provider: { programId, provider } };
  const earlier = await tx.billingSource.findUnique({ where });
  const sealedSecrets = secrets?.map((text) => seal(key, text)) ?? earlier?.sealedSecrets;
  if (sealedSecrets === undefined) return null;
  const kept = earlier?.sealedApiKey ?? null;
  const sealedApiKey = apiKey === undefined ? kept : apiKey === null ? null : seal(key, apiKey);
  const data = { settings, sealedSecrets, sealedApiKey, updatedAt: now };
  return await tx.billingSource.upsert({ where, create: { programId, provider, ...data }, update: data });
}

/** A program's source with its secrets open, or null where there is none. */
export async function openSource(
  db: Database,
  { programId, provider }: { readonly programId: string; readonly provider: BillingProvider },
  ring: SealRing,
): Promise<OpenSource | null> {
  const row = await db.billingSource.findUnique({ where: { programId_provider: { programId, provider } } });
  if (row === null) return null;
  const key = sourceSealKey(ring, programId, provider);
  return {
    settings: row.settings,
    account: accountIn(row.settings),
    secrets: row.sealedSecrets.flatMap((sealed) => unseal(key, sealed) ?? []),
    apiKey: row.sealedApiKey === null ? null : unseal(key, row.sealedApiKey),
    updatedAt: row.updatedAt,
  };
}

/** The account among the settings of Stripe's events. */
function accountIn(settings: unknown): string | null {
  if (settings === null || typeof settings !== 'object' || !('account' in settings)) return null;
  return typeof settings.account === 'string' ? settings.account : null;
}
