import type { z } from 'zod';
import type { CatalogueFacts } from '../../domain/catalogue/item.ts';
import { judgeItem } from '../../domain/catalogue/item.ts';
import type { RedemptionMethod } from '../../domain/redemptions/methods.ts';
import { limitsOf } from '../../engine/catalogue/item.ts';
import type { CatalogueItem } from '../../prisma/generated/client.ts';
import { iso, isoOrNull, moneyJsonOf } from '../trpc/views.ts';
import type { catalogueItemAnswer, eligibilityAnswer } from './schema.ts';

const moneyOrNull = (minor: bigint | null, unit: string | null) =>
  minor === null || unit === null ? null : moneyJsonOf(minor, unit);

/** An item as the API shows it. */
export const itemView = (row: CatalogueItem): z.infer<typeof catalogueItemAnswer> => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  description: row.description,
  method: row.method as RedemptionMethod,
  price: moneyOrNull(row.priceMinor, row.unit),
  min: moneyOrNull(row.minMinor, row.unit),
  value: moneyOrNull(row.valueMinor, row.valueUnit),
  fee:
    row.feeMinor === 0n && row.feeBp === 0
      ? null
      : { fixed: moneyJsonOf(row.feeMinor, row.unit), rate_bp: row.feeBp },
  stock: row.stock,
  minLevel: row.minLevel,
  badge: row.badge,
  startsAt: isoOrNull(row.startsAt),
  endsAt: isoOrNull(row.endsAt),
  memberLimit: row.memberLimit,
  active: row.active,
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
});

/** Whether a member may redeem an item now, and if not why, apart from the balance. */
export function eligibilityOf(row: CatalogueItem, facts: CatalogueFacts): z.infer<typeof eligibilityAnswer> {
  const judged = judgeItem(limitsOf(row), facts);
  return judged.ok
    ? { eligible: true, code: null, message: null }
    : { eligible: false, code: judged.code, message: judged.message };
}
