import { z } from 'zod';
import { id, pageFields } from '../trpc/schemas.ts';

/** What every operation for members takes. */
export const mine = { programId: id.meta({ description: 'The program that the token is for.' }) };

/** A list of what is the member's. */
export const minePage = z.strictObject({ ...mine, ...pageFields });
