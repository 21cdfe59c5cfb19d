import type { Policy } from './policy.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A policy as it is stored and sent: amounts as decimal strings of minor units. */
export function policyToJson(policy: Policy): Json {
  return JSON.parse(
    JSON.stringify(policy, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)),
  ) as Json;
}

/**
 * The policy that `policyToJson` wrote. It was checked before it was stored; anything else here is a bug and
 * throws.
 */
export function policyFromJson(json: unknown): Policy {
  return withMoney(json) as Policy;
}

/** Every `{ minor: "…", unit }` within becomes money. */
function withMoney(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMoney);
  if (value === null || typeof value !== 'object') return value;
  const fields = Object.entries(value).map(([key, item]) => [
    key,
    key === 'minor' ? BigInt(item as string) : withMoney(item),
  ]);
  return Object.fromEntries(fields);
}
