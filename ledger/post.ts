import type { Posting } from '../domain/ledger/posting.ts';
import { ok, type Result } from '../domain/refusal.ts';
import type { Tx } from '../prisma/client.ts';
import { unbookedOf, withRevived } from './lapsed.ts';
import { type Answer, type Posted, postingsJson, readPosted, readRefusal } from './wire.ts';

/** A call holds its locks until the end of the transaction, so it is kept short. */
export const POSTINGS_PER_CALL_MAX = 200;

/** How often a call is tried whose lots somebody else moves meanwhile. */
const TRIES_MAX = 20;

interface AnswerRow {
  readonly answer: Answer;
}

/**
 * Posts all postings or none, in one round trip, inside the caller's transaction (READ COMMITTED). A key that
 * is on record with the same content is answered from the record. What has expired by the time of the
 * postings is not there to be taken; expiries, which book that, are posted without others. What lapsed of a
 * grant that is taken back is revived first, since it is not owed. Call it once in a transaction: locks are
 * sorted within a call, not between calls.
 * @returns One answer a posting, in their order. Refusals, after which the transaction can go on:
 * `floor_reached`, `ceiling_reached` (a balance or the budget does not allow it), `key_reused` (other content
 * under a key), `already_resolved` (the hold, or the transaction to take back, already is), `posting_unknown`
 * (a key named in `resolves`, `reverses`, `restores` or `origin` is not on record), `lot_changed` (an expiry
 * came too late), `member_unknown`. Throws when legs do not sum to zero.
 */
export async function post(
  tx: Tx,
  programId: string,
  postings: readonly Posting[],
): Promise<Result<readonly Posted[]>> {
  if (postings.length === 0) return ok([]);
  if (postings.length > POSTINGS_PER_CALL_MAX) {
    throw new RangeError(`at most ${POSTINGS_PER_CALL_MAX} postings a call`);
  }
  const expiries = postings.filter(({ intent }) => intent === 'expire').length;
  if (expiries > 0 && expiries < postings.length) throw new Error('an expiry is posted beside others');
  const first = await call(tx, programId, postings);
  if (first.ok || first.code !== 'lot_changed' || expiries > 0) return first;
  return await postRevived(tx, programId, postings);
}

/** Posts with what lapsed of the grants that go back, of which the ledger says that there is some. */
async function postRevived(
  tx: Tx,
  programId: string,
  postings: readonly Posting[],
): Promise<Result<readonly Posted[]>> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const expired = await unbookedOf(tx, programId, postings);
    if (expired.length > 0) await call(tx, programId, expired);
    const all = await withRevived(tx, programId, postings);
    const answer = await call(tx, programId, all);
    if (answer.ok) return ok(answer.value.filter((_, nth) => all.at(nth)?.intent !== 'revive'));
    if (answer.code !== 'lot_changed') return answer;
  }
  throw new Error(`the lots of ${postings.map(({ key }) => key).join(', ')} moved again and again`);
}

/** Whether a posting may find that lots are not as it takes them to be, and is undone then. */
const asksOfLots = ({ intent, origin, legs }: Posting) =>
  intent === 'expire' ||
  (intent === 'reverse' && origin !== null && legs.some(({ account }) => account.kind === 'available'));

/** One round trip. */
async function call(
  tx: Tx,
  programId: string,
  postings: readonly Posting[],
): Promise<Result<readonly Posted[]>> {
  const json = postingsJson(postings);
  const rows = postings.some(asksOfLots)
    ? await tx.$queryRaw<AnswerRow[]>`SELECT ledger_expire(${programId}::uuid, ${json}::jsonb) AS answer`
    : await tx.$queryRaw<AnswerRow[]>`SELECT ledger_post(${programId}::uuid, ${json}::jsonb) AS answer`;
  const { answer } = only(rows);
  return answer.ok ? ok(readPosted(answer, postings)) : readRefusal(answer);
}

/**
 * Sets the most that a program may ever have granted in a unit, net of what it took back; null: no limit.
 * Refusal: `floor_reached`, when more has been granted already.
 */
export async function setBudget(
  tx: Tx,
  programId: string,
  unit: string,
  cap_minor: bigint | null,
): Promise<Result<void>> {
  const rows = await tx.$queryRaw<AnswerRow[]>`
    SELECT ledger_set_budget(${programId}::uuid, ${unit}, ${cap_minor}::bigint) AS answer`;
  const { answer } = only(rows);
  return answer.ok ? ok(undefined) : readRefusal(answer);
}

function only<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error('the ledger did not answer');
  return row;
}
