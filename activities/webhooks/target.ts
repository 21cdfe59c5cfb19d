import { Webhook } from 'standardwebhooks';
import type { EndpointRef } from '../../domain/webhooks/endpoint.ts';
import { openSecrets } from '../../engine/webhooks/secrets.ts';
import type { WebhookForm } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';

/** Where messages go, and what signs them. */
export interface WebhookTarget extends EndpointRef {
  readonly url: string;
  readonly form: WebhookForm;
  /** The newest first. */
  readonly signers: readonly Webhook[];
}

/** locked: the deployment's secret does not open the endpoint's. */
export type FoundTarget = WebhookTarget | 'filling' | 'ended' | 'locked';

/** The endpoint, where it is to be told anything now. */
export async function findTarget(deps: ActivityDeps, ref: EndpointRef, now_ms: number): Promise<FoundTarget> {
  const { programId, endpointId } = ref;
  const row = await deps.db.webhookEndpoint.findUnique({
    where: { programId_id: { programId, id: endpointId } },
  });
  if (row === null || row.status === 'disabled') return 'ended';
  if (row.status === 'filling') return 'filling';
  const opening = { ring: deps.webhooks.ring, now: new Date(now_ms) };
  const secrets = await openSecrets(deps.db, { programId, endpointId }, opening);
  if (secrets === null) return 'locked';
  return {
    programId,
    endpointId,
    url: row.url,
    form: row.form,
    signers: secrets.map((secret) => new Webhook(secret)),
  };
}
