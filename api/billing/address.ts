import { below } from '../../domain/address.ts';
import type { BillingSource } from '../../prisma/generated/client.ts';

/** Where a provider sends a program's messages to. */
export const intakeAddressOf = (
  { provider, programId }: Pick<BillingSource, 'provider' | 'programId'>,
  publicUrl: string,
): string => below(publicUrl, `/in/${provider}/${programId}`);
