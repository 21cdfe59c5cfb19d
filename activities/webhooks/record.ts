import type { EndpointRef } from '../../domain/webhooks/endpoint.ts';
import { type CallVerdict, FAILING_DAYS_MAX, retryDelay } from '../../domain/webhooks/retry.ts';
import { audit } from '../../engine/audit/record.ts';
import { tell } from '../../engine/events/outbox.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Due } from './claim.ts';
import type { Attempt } from './send.ts';

/** Attempts that a delivery's log keeps, the last. */
const LOG_MAX = 20;

/** A message that was sent once, and what became of it. */
export interface Tried {
  readonly due: Due;
  readonly attempt: Attempt;
  /** What the attempt's answer means. */
  readonly verdict: CallVerdict;
  /** A random number from 0 to 1, for the time of the next attempt. */
  readonly chance: number;
}

/** Writes attempts to the record, and judges the endpoint by them. An attempt that is there already stays. */
export async function recordTried(
  tx: Tx,
  ref: EndpointRef,
  tried: readonly Tried[],
  now_ms: number,
): Promise<void> {
  if (tried.length === 0) return;
  const { programId, endpointId } = ref;
  const rows = JSON.stringify(tried.map((one) => rowOf(one, now_ms)));
  await tx.$executeRaw`
    UPDATE webhook_deliveries d SET
      state = r.state::webhook_delivery_state, attempts = r.attempts + 1,
      due_at = coalesce(r.due_at, d.due_at), ended_at = r.ended_at,
      log = CASE WHEN jsonb_array_length(d.log) < ${LOG_MAX} THEN d.log ELSE d.log - 0 END || r.entry
    FROM jsonb_to_recordset(${rows}::jsonb)
      AS r(id uuid, attempts int, state text, due_at timestamptz, ended_at timestamptz, entry jsonb)
    WHERE d.program_id = ${programId}::uuid AND d.endpoint_id = ${endpointId}::uuid AND d.id = r.id
      AND d.attempts = r.attempts AND d.state IN ('waiting', 'retrying')`;
  await judgeEndpoint(
    tx,
    ref,
    tried.map(({ verdict }) => verdict),
    now_ms,
  );
}

function rowOf({ due: { id, attempts }, attempt, verdict, chance }: Tried, now_ms: number) {
  const now = new Date(now_ms).toISOString();
  const { retryAfter_ms: _, ...entry } = attempt;
  const common = { id, attempts, entry: [entry] };
  if (attempt.error === 'unreadable') return { ...common, state: 'dropped', due_at: null, ended_at: now };
  if (verdict === 'delivered') return { ...common, state: 'delivered', due_at: null, ended_at: now };
  const delay_ms = verdict === 'gone' ? null : retryDelay(attempts + 1, attempt, chance);
  if (delay_ms === null) return { ...common, state: 'failed', due_at: null, ended_at: now };
  return { ...common, state: 'retrying', due_at: new Date(now_ms + delay_ms).toISOString(), ended_at: null };
}

/** Notes since when nothing succeeds at an endpoint, and disables it when it says so or fails for days. */
async function judgeEndpoint(
  tx: Tx,
  { programId, endpointId }: EndpointRef,
  verdicts: readonly CallVerdict[],
  now_ms: number,
): Promise<void> {
  const now = new Date(now_ms);
  if (verdicts.includes('gone')) return await disable(tx, { programId, endpointId }, 'gone', now);
  if (verdicts.includes('delivered')) {
    await tx.$executeRaw`
      UPDATE webhook_endpoints SET failing_since = NULL
      WHERE program_id = ${programId}::uuid AND id = ${endpointId}::uuid AND failing_since IS NOT NULL`;
    return;
  }
  const [row] = await tx.$queryRaw<{ isOver: boolean }[]>`
    UPDATE webhook_endpoints SET failing_since = coalesce(failing_since, ${now}::timestamptz)
    WHERE program_id = ${programId}::uuid AND id = ${endpointId}::uuid
    RETURNING failing_since < ${now}::timestamptz - make_interval(days => ${FAILING_DAYS_MAX}) AS "isOver"`;
  if (row?.isOver === true) await disable(tx, { programId, endpointId }, 'failing', now);
}

/** Ends what an endpoint is told, and says so: to the audit log, and to the program's other endpoints. */
async function disable(
  tx: Tx,
  { programId, endpointId }: EndpointRef,
  reason: 'gone' | 'failing',
  now: Date,
): Promise<void> {
  const { count } = await tx.webhookEndpoint.updateMany({
    where: { programId, id: endpointId, status: 'active' },
    data: { status: 'disabled', reason, updatedAt: now },
  });
  if (count === 0) return;
  const at = now.toISOString();
  await tell(tx, programId, [
    {
      key: `webhook.disabled:${endpointId}:${at}`,
      subject: `endpoint:${endpointId}`,
      members: [],
      type: 'webhook.disabled',
      payload: { endpointId, reason, at },
    },
  ]);
  await audit(tx, {
    programId,
    actor: 'engine',
    action: 'webhook.disabled',
    subject: endpointId,
    detail: { reason },
  });
}
