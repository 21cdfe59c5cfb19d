import { z } from 'zod';
import { normalizeEmail } from '../../domain/members/email.ts';
import { canonicalJson, keyedHash } from '../../platform/hash.ts';
import { email, id } from '../trpc/schemas.ts';

/** A link's code or vanity slug, or a member's referral code, as people type it. */
export const codeInput = z
  .string()
  .trim()
  .toLowerCase()
  .min(3)
  .max(50)
  .regex(/^[a-z0-9-]+$/, 'may hold letters, digits and hyphens');

/** What a visitor's browser, or a form, says of a signup. None of it is needed to know who signed up. */
const DETAILS = {
  email: email.refine((text) => normalizeEmail(text).ok),
  code: codeInput,
  clickId: z.string().trim().pipe(id),
  visitorId: z.string().trim().pipe(id),
  ip: z
    .string()
    .trim()
    .pipe(z.union([z.ipv4(), z.ipv6()])),
} as const satisfies Readonly<Record<string, z.ZodType<string, string>>>;

/** The name of a detail, as events and outcomes list it. */
export type Detail = keyof typeof DETAILS;

const NAMES = Object.keys(DETAILS) as readonly Detail[];

const IS_DETAIL: ReadonlySet<string> = new Set(NAMES);

/** Of what came as an event: all but the details of a signup, in which any text may stand. */
export function withoutDetails(input: unknown): unknown {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) return input;
  return Object.fromEntries(Object.entries(input).filter(([name]) => !IS_DETAIL.has(name)));
}

/** What is longer is unreadable, whatever it holds: the longest detail is an address of e-mail. */
const DETAIL_LENGTH_MAX = 320;

/** What came as the details of a signup, of any type and size. */
export type GivenDetails = Readonly<Partial<Record<Detail, unknown>>>;

/** The details of a signup as they are kept. */
export interface ReadDetails {
  readonly read: Readonly<Partial<Record<Detail, string>>>;
  /** Those that came and could not be read. Their values are not kept: nobody knows what they hold. */
  readonly unreadable: readonly Detail[];
  /** One keyed hash of all that could not be read, to tell a repeat from another event; null: nothing. */
  readonly unreadHash: string | null;
}

/** Null and blank texts are what programs send for a field that nobody filled in. */
const isLeftOut = (given: unknown): boolean =>
  given === undefined || given === null || (typeof given === 'string' && given.trim() === '');

/**
 * Reads the details of a signup, each by itself. Never throws: a signup whose subject is known is taken, and
 * a detail that cannot be read counts as one that names nothing we know.
 */
export function readDetails(given: GivenDetails, hashSecret: string): ReadDetails {
  const read: Partial<Record<Detail, string>> = {};
  const unread: Partial<Record<Detail, unknown>> = {};
  for (const name of NAMES) {
    const value = given[name];
    if (isLeftOut(value)) continue;
    const isShort = typeof value !== 'string' || value.length <= DETAIL_LENGTH_MAX;
    const parsed = isShort ? DETAILS[name].safeParse(value) : null;
    if (parsed?.success === true) read[name] = parsed.data;
    else unread[name] = value;
  }
  const unreadable = NAMES.filter((name) => name in unread);
  return {
    read,
    unreadable,
    unreadHash: unreadable.length === 0 ? null : keyedHash(hashSecret, canonicalJson(unread)),
  };
}

/** The details that could not be read, of an event as it is stored; empty for all but some signups. */
export const unreadableOf = (payload: unknown): Detail[] =>
  (payload as { readonly unreadable?: Detail[] } | null)?.unreadable ?? [];
