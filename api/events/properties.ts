import { z } from 'zod';
import { boundedRecord } from '../trpc/schemas.ts';

const PROPERTIES_MAX = 64;
const PROPERTY_NAME_MAX = 64;
const PROPERTY_TEXT_MAX = 4_096;
/** Of all texts of one event together. */
const PROPERTY_TEXTS_MAX = 65_536;

const ITS_NAME = 'must have a name of 1 to 64 characters';
const WHAT_IT_MAY_BE =
  'must be a text of at most 4,096 characters, a number, true, false, or null to leave it out';

type Property = string | number | boolean;

/**
 * Facts about an action: null is a fact that is not known, and left out. Each that cannot be taken is named
 * by its own issue.
 */
export const propertiesInput = boundedRecord(
  z.string().min(1, ITS_NAME).max(PROPERTY_NAME_MAX, ITS_NAME),
  z.union(
    [z.string().max(PROPERTY_TEXT_MAX, WHAT_IT_MAY_BE), z.number(), z.boolean(), z.null()],
    WHAT_IT_MAY_BE,
  ),
  PROPERTIES_MAX,
)
  .refine(
    (given) => lengthOf(given) <= PROPERTY_TEXTS_MAX,
    'hold texts of more than 65,536 characters together',
  )
  .transform((given) =>
    Object.fromEntries(
      Object.entries(given).filter((entry): entry is [string, Property] => entry[1] !== null),
    ),
  );

function lengthOf(given: Readonly<Record<string, Property | null>>): number {
  return Object.values(given).reduce<number>((sum, it) => sum + (typeof it === 'string' ? it.length : 0), 0);
}
