import { z } from 'zod';

export const count = (fallback: number, max: number) =>
  z.coerce.number().int().min(1).max(max).default(fallback);
export const countIfSet = (max: number) => z.coerce.number().int().min(1).max(max).optional();
export const countOrZero = (fallback: number, max: number) =>
  z.coerce.number().int().min(0).max(max).default(fallback);
export const months = (what: string) =>
  countIfSet(1_200).describe(`How many whole months ${what}. Unset: for ever.`);
export const pathIfSet = z.string().min(1).optional();
export const port = (fallback: number) => countOrZero(fallback, 65_535);

/** A list parted by commas; unset, it is empty. `words` are short for lists. */
export const listForm = (
  item: z.ZodType<string, string>,
  max: number,
  words: Readonly<Record<string, string>> = {},
) =>
  z
    .string()
    .default('')
    .transform((text) =>
      (words[text.trim().toLowerCase()] ?? text)
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(item).max(max));

/** The networks of a machine itself, and private ones (RFC 1918, RFC 4193), by the names of Fastify. */
const PRIVATE_NETWORKS = ['loopback', 'uniquelocal'] as const;
export const PROXY_WORDS = { true: PRIVATE_NETWORKS.join(), false: '' };
export const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6(), z.enum(PRIVATE_NETWORKS)], {
  error: 'must be true, false, or addresses such as 10.0.0.0/8',
});
export const host = z
  .string()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'must be a host name in lower case, without port');
export const appleApp = z.string().regex(/^[A-Z0-9]{10}\.[A-Za-z0-9.-]{1,155}$/, 'must be TEAMID.bundle.id');
export const androidApp = z
  .string()
  .max(400)
  .regex(
    /^[A-Za-z]\w*(\.[A-Za-z]\w*)+=[0-9A-F]{2}(:[0-9A-F]{2}){31}$/,
    'must be package=AA:BB:… of 32 bytes',
  );

/** A provider of identities (OpenID Connect Discovery 1.0), at which this deployment is a client. */
export const oidcProvider = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be lower case letters, digits and hyphens'),
  name: z.string().min(1).max(100),
  issuer: z.url({ protocol: /^https?$/ }).max(2_048),
  clientId: z.string().min(1).max(255),
  clientSecret: z.string().min(1).max(512),
  clientAuth: z.enum(['basic', 'post']).optional(),
});

/** JSON in a variable, of one form. */
export const json = <T extends z.ZodType>(form: T, fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue('must be JSON');
        return z.NEVER;
      }
    })
    .pipe(form);
