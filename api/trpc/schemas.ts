import { z } from 'zod';
import { isTimeZone } from '../../domain/calendar.ts';
import type { Money, MoneyJson } from '../../domain/money.ts';
import { parseMoneyJson } from '../../domain/money.ts';
import { isInstant, isKeepable } from '../../domain/time.ts';
import { ANY_CASE_UUID_PATTERN } from '../../platform/ids.ts';
import { unwrap } from '../http/errors.ts';

/** A UUID, which becomes lower case, as ours are. */
export const id = z
  .string()
  .regex(ANY_CASE_UUID_PATTERN, 'must be a UUID')
  .toLowerCase()
  .meta({ format: 'uuid', examples: ['0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d'] });

/** The host's own id of a member: anything printable that fits a line. */
export const externalId = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}]+$/u, 'must not hold control characters')
  .meta({ description: "The host's own id of the member.", examples: ['user_42'] });

/** An IANA time zone that the runtime knows. */
export const timeZone = z
  .string()
  .min(1)
  .max(64)
  .refine(isTimeZone, 'must be an IANA time zone')
  .meta({ description: 'An IANA time zone.', examples: ['Europe/Berlin'] });

export const name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]+$/u, 'must not hold control characters');

/** A milestone's id as a policy has it. */
export const milestoneId = z.string().min(1).max(64);

const noteText = z.string().trim().min(1).max(1_000);

export const note = noteText
  .meta({ description: 'Why, for the audit log.', examples: ['Checked with the customer.'] })
  .optional();

/** Why, where nobody may leave it out. */
export const requiredNote = noteText.meta({
  description: 'Why; the audit log keeps it, and explanations show it.',
  examples: ['Checked with the customer.'],
});

/** Longer texts are cut off here; whether it is an address of e-mail, `normalizeEmail` says. */
export const email = z
  .string()
  .max(320)
  .meta({ format: 'email', examples: ['ann@example.com'] });

/** RFC 3339 with an offset or Z; how far it may lie back is for `checkOccurredAt`. */
export const instant = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine((text) => isInstant(Date.parse(text)), 'must lie in the years 1 to 9999, in UTC')
  .meta({ examples: ['2026-01-15T09:30:00Z'] });

/** A time that is kept, for others to be counted from it. */
export const keptInstant = instant.refine(
  (text) => isKeepable(Date.parse(text)),
  'must lie in 1970 or later, and before the year 9000',
);

const TEN_YEARS_MS = 10 * 366 * 86_400_000;

/** An instant in the future, at most ten years ahead. */
export const futureInstant = instant.refine((text) => {
  const ahead_ms = Date.parse(text) - Date.now();
  return ahead_ms > 0 && ahead_ms < TEN_YEARS_MS;
}, 'must lie ahead, by ten years at the most');

/** The code of a unit, in letters of any case, which becomes capital ones; whether it is one, others say. */
export const unitCode = z.string().min(1).max(32).toUpperCase();

/** The shape alone; `moneyOf` says whether it is an amount. */
export const moneyJson = z
  .strictObject({
    minor: z
      .string()
      .max(64)
      .meta({ description: 'Minor units as a decimal string.', examples: ['1250'] }),
    unit: z
      .string()
      .max(32)
      .meta({
        description: 'A currency (ISO 4217), or the unit of points; small letters are taken too.',
        examples: ['USD'],
      }),
  })
  .meta({ id: 'Money' });

/** An amount of money from its JSON form, or the domain's refusal thrown. */
export const moneyOf = (json: MoneyJson): Money => unwrap(parseMoneyJson(json));

/** An amount as parts of a policy hold it. */
export const moneyInput = moneyJson.transform((json, context): Money => {
  const parsed = parseMoneyJson(json);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: parsed.message });
  return z.NEVER;
});

/** A positive amount. */
export function positiveMoneyOf(json: MoneyJson): Money {
  const money = moneyOf(json);
  if (money.minor > 0n) return money;
  return unwrap({ ok: false, code: 'amount_zero', message: 'The amount must be more than zero.' });
}

export const WAIT_MS_MAX = 10_000;

/** How long the caller is ready to wait for the decision, in milliseconds; 0: not at all. */
export const waitMs = z
  .number()
  .int()
  .min(0)
  .max(WAIT_MS_MAX)
  .default(0)
  .meta({ description: 'How long to wait for the decision, in milliseconds.' });

export const PAGE_MAX = 200;

/** Accepts an empty input as well as none. */
export const nothing = z.strictObject({}).optional();

/**
 * A record of so many fields at most. They are counted before any is looked at, since each that is wrong
 * costs time.
 */
export const boundedRecord = <V extends z.ZodType>(
  key: z.ZodString,
  value: V,
  fields_max: number,
): z.ZodType<Record<string, z.output<V>>, Record<string, z.input<V>>> =>
  z.preprocess(
    (input: Record<string, z.input<V>>, context) => {
      const isRecord = input !== null && typeof input === 'object' && !Array.isArray(input);
      if (!isRecord || Object.keys(input).length <= fields_max) return input;
      context.addIssue({ code: 'custom', message: `at most ${fields_max} fields` });
      return z.NEVER;
    },
    z.record(key, value, {
      // What is wrong with the name, which the library would keep to itself.
      error: (issue) => (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined),
    }),
  );

/** Fields of a list that can be narrowed to a time. */
export const dateFields = {
  from: instant.meta({ description: 'Made at this time or later.' }).optional(),
  to: instant.meta({ description: 'Made before this time.' }).optional(),
};

/** Fields that every list takes. */
export const pageFields = {
  cursor: z
    .string()
    .min(1)
    .max(200)
    .meta({ description: 'The `nextCursor` of the page before.', format: 'base64url' })
    .nullish(),
  limit: z.number().int().min(1).max(PAGE_MAX).default(50).meta({ description: 'Items on a page.' }),
};
