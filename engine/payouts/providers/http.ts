import { Webhook } from 'standardwebhooks';
import { hostIdOf } from '../../../domain/members/host-id.ts';
import { type OutboundAnswer, OutboundError, sendOutbound } from '../../../platform/outbound.ts';
import { signedHeaders } from '../../../platform/standard-webhooks.ts';
import { readEndpoint } from '../endpoint.ts';
import { codeOr, NoAnswer, type Payout, type PayoutResult, type Provider } from './provider.ts';

const ANSWER_BYTES_MAX = 16_384;

/**
 * Asks the host's endpoint to pay: a call signed after Standard Webhooks, whose message id is the
 * redemption's, as is its idempotency key. Only a well-formed answer with a status of 2xx counts; after
 * anything else it is asked again.
 */
export const http: Provider = async ({ db, payouts }, payout) => {
  const endpoint = await readEndpoint(db, payout.programId, payouts.ring);
  if (endpoint === null) return { result: 'operator', reason: 'the program has no payout endpoint' };
  if (endpoint.signing === null) {
    return { result: 'operator', reason: 'the endpoint’s secret cannot be opened' };
  }
  const body = await bodyOf(db, payout);
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': payout.redemptionId,
    ...signedHeaders([new Webhook(endpoint.signing)], payout.redemptionId, new Date(), body),
  };
  const { allowInternal, timeout_ms } = payouts;
  try {
    const call = {
      method: 'POST' as const,
      url: endpoint.url,
      headers,
      body,
      timeout_ms,
      allowInternal,
      body_bytes_max: ANSWER_BYTES_MAX,
    };
    return read(await sendOutbound(call));
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    if (error.code === 'address_forbidden') return { result: 'operator', reason: error.code };
    throw new NoAnswer(error.code);
  }
};

/** The host knows the member by its own id, so that goes along. */
async function bodyOf(db: Parameters<typeof readEndpoint>[0], payout: Payout): Promise<string> {
  const { programId, redemptionId, memberId, itemId, amount, destination } = payout;
  const member = await db.member.findUniqueOrThrow({
    where: { programId_id: { programId, id: memberId } },
    select: { externalId: true, hostId: true },
  });
  return JSON.stringify({
    type: 'redemption.pay',
    redemptionId,
    programId,
    memberId,
    externalId: hostIdOf(member),
    itemId,
    amount: { minor: amount.minor.toString(), unit: amount.unit },
    destination: destination ?? null,
  });
}

function read({ status, body }: OutboundAnswer): PayoutResult {
  if (status < 200 || status > 299) throw new NoAnswer(`http_${status}`);
  const { result, ref, reason } = objectOf(body);
  if (result === 'paid') return { result, ref: codeOf(ref) };
  if (result === 'refused') return { result, reason: codeOr(reason, 'refused_by_host') };
  if (result === 'pending') return { result, reason: codeOr(reason, 'pending_at_host') };
  throw new NoAnswer('answer_malformed');
}

/** The host's own reference may hold more than a code does. */
const codeOf = (ref: unknown): string =>
  typeof ref === 'string' && /^[\x21-\x7e]{1,255}$/.test(ref) ? ref : 'http';

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
