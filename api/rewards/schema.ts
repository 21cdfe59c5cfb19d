import { z } from 'zod';
import { moneyInput } from '../trpc/schemas.ts';

/** Text that members read, such as the name of a badge, a perk or a milestone. */
export const labelInput = z.string().trim().min(1).max(200);

export const badgeInput = z.strictObject({ kind: z.literal('badge'), label: labelInput });
export const perkInput = z.strictObject({ kind: z.literal('perk'), label: labelInput });
export const fixedInput = z.strictObject({ kind: z.literal('fixed'), amount: moneyInput });
