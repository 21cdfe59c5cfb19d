import type { TRPCError } from '@trpc/server';
import { type SourceChange, setSource } from '../../engine/billing/source.ts';
import type { SealRing } from '../../platform/seal.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import type { BillingSource } from '../../prisma/generated/client.ts';
import { fail, notFound } from '../http/errors.ts';

type SourceRef = Pick<BillingSource, 'programId' | 'provider'>;

/** Says what is wrong with one field of the input. */
export const wrongField = (path: string, message: string): TRPCError =>
  fail('input_invalid', 'The input is not valid.', [{ path, message }]);

/** How a program reads the messages of a provider, or `not_found`. */
export async function findSource(db: Database, { programId, provider }: SourceRef): Promise<BillingSource> {
  const row = await db.billingSource.findUnique({ where: { programId_provider: { programId, provider } } });
  if (row === null) throw notFound('billing source');
  return row;
}

/** Sets how a program reads the messages of a provider. Throws `input_invalid` while there is no secret. */
export async function storeSource(
  tx: Tx,
  of: SourceRef,
  ring: SealRing,
  change: SourceChange,
): Promise<BillingSource> {
  const row = await setSource(tx, of, ring, change);
  if (row === null) throw wrongField('signingSecrets', 'must be there, as the program has none yet');
  return row;
}
