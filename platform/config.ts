import path from 'node:path';
import type { z } from 'zod';
import { canBeDidWeb } from '../domain/badges/urls.ts';
import { DEVELOPMENT_SECRET, environment } from './environment.ts';
import type { AllowInternal } from './outbound.ts';
import type { SealRing } from './seal.ts';

export type Config = Readonly<z.infer<typeof environment>> & {
  readonly public_url: string;
  /** BADGE_SECRET, and those of BADGE_SECRETS_OLD. */
  readonly seal_ring: SealRing;
  readonly allow_internal_webhooks: AllowInternal;
};

/**
 * A configuration that cannot be used. The message names the variable and is meant for people.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads and checks the environment. Throws `ConfigError` with one line for each variable that is wrong. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const values = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(values);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'),
    );
  }
  const config = parsed.data;
  requireSecrets(config);
  if (config.SMTP_URL !== undefined && config.MAIL_FROM === undefined) {
    throw new ConfigError('MAIL_FROM: must be set when SMTP_URL is');
  }
  requireSecureProviders(config);
  const public_url = config.PUBLIC_URL ?? `http://localhost:${config.API_PORT}`;
  // Pages and links in e-mails are there, and would answer 404.
  if (config.LINK_HOSTS.includes(new URL(public_url).hostname)) {
    throw new ConfigError('LINK_HOSTS: holds the host of PUBLIC_URL; name that host in LINK_URL instead');
  }
  if (config.METRICS_PORT === config.API_PORT && config.METRICS_PORT !== 0) {
    throw new ConfigError('METRICS_PORT: is API_PORT too; give it a port of its own, off the public one');
  }
  if (config.BADGE_ISSUER === 'did:web' && !canBeDidWeb(public_url)) {
    throw new ConfigError('BADGE_ISSUER: did:web needs a PUBLIC_URL of https with a domain, as DIDs have');
  }
  return {
    ...config,
    DATA_DIR: path.resolve(config.DATA_DIR),
    public_url,
    seal_ring: [config.BADGE_SECRET, ...config.BADGE_SECRETS_OLD],
    allow_internal_webhooks:
      config.WEBHOOK_ALLOW_INTERNAL ?? (config.NODE_ENV === 'production' ? false : 'loopback'),
  };
}

/** Throws `ConfigError` in production for each secret that still has its default. */
function requireSecrets(config: z.infer<typeof environment>): void {
  const unset = (['HASH_SECRET', 'BADGE_SECRET', 'LINK_SECRET'] as const).filter(
    (name) => config.NODE_ENV === 'production' && config[name] === DEVELOPMENT_SECRET,
  );
  if (unset.length === 0) return;
  throw new ConfigError(
    unset
      .map((name) => `${name}: must be set in production, to a random text of 16 characters or more`)
      .join('\n'),
  );
}

/** Throws `ConfigError` in production for a provider whose answers anybody on the way could change. */
function requireSecureProviders({ NODE_ENV, OIDC_PROVIDERS }: z.infer<typeof environment>): void {
  const insecure = OIDC_PROVIDERS.find(
    ({ issuer }) => NODE_ENV === 'production' && !issuer.startsWith('https:'),
  );
  if (insecure === undefined) return;
  throw new ConfigError(`OIDC_PROVIDERS: the issuer of ${insecure.id} must be https in production`);
}

/** The database's URL, or a `ConfigError` that says how to set it. */
export function databaseUrl(config: Config): string {
  if (config.DATABASE_URL === undefined) {
    throw new ConfigError('DATABASE_URL: must be set (npm start sets it for the processes it starts)');
  }
  return config.DATABASE_URL;
}
