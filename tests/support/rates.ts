import { newId } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import { T0 } from './play.ts';

/** Puts a rate on record as the API would: one `from` is so many `to`, from a time on; left out: `T0`. */
export async function seedRate(
  db: Database,
  programId: string,
  rate: { readonly from: string; readonly to: string; readonly rate: string; readonly at?: Date },
): Promise<string> {
  const id = newId();
  await db.$executeRaw`
    INSERT INTO rates (program_id, id, from_unit, to_unit, rate, valid_from, created_by, created_at)
    VALUES (${programId}::uuid, ${id}::uuid, ${rate.from}, ${rate.to}, ${rate.rate},
      ${rate.at ?? T0}::timestamptz, 'test', now())`;
  return id;
}

/** EUR, in cents. */
export const eur = (minor: bigint) => ({ minor, unit: 'EUR' });
