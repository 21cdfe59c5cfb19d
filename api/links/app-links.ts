import type { FastifyInstance } from 'fastify';

/** An hour: long enough for caches, short enough that a new certificate counts the same day. */
const AGE_S = 3_600;
const LINKS = '/r/*';
const OPEN_URLS = 'delegate_permission/common.handle_all_urls';

export interface AppLinks {
  /** Each as `TEAMID.bundle.id`. */
  readonly appleApps?: readonly string[];
  /** Each as `package=SHA-256 of the certificate`; several certificates of one app are several entries. */
  readonly androidApps?: readonly string[];
}

/**
 * Serves the two files by which iOS and Android let an app open links, each where it has an app to name. Both
 * systems refuse a redirect and any type but JSON.
 */
export function registerAppLinks(app: FastifyInstance, { appleApps = [], androidApps = [] }: AppLinks): void {
  const files = [
    ['apple-app-site-association', appleApps, appleFile(appleApps)],
    ['assetlinks.json', androidApps, androidFile(androidApps)],
  ] as const;
  for (const [name, apps, file] of files) {
    if (apps.length === 0) continue;
    const body = JSON.stringify(file);
    app.get(`/.well-known/${name}`, { config: { onLinkHosts: true } }, (_req, reply) =>
      reply
        .headers({
          'content-type': 'application/json',
          'cache-control': `public, max-age=${AGE_S}`,
          'x-content-type-options': 'nosniff',
        })
        .send(body),
    );
  }
}

/** As Apple's "Supporting associated domains" has it since iOS 13. */
const appleFile = (apps: readonly string[]): object => ({
  applinks: { details: [{ appIDs: apps, components: [{ '/': LINKS }] }] },
});

/**
 * As Android's "Configure website associations" has it. Android 15 and later read the paths here; earlier
 * ones know only those of the app's manifest.
 */
function androidFile(apps: readonly string[]): readonly object[] {
  const certificates = new Map<string, string[]>();
  for (const app of apps) {
    const [name = '', certificate = ''] = app.split('=');
    certificates.set(name, [...(certificates.get(name) ?? []), certificate]);
  }
  return [...certificates].map(([name, prints]) => ({
    relation: [OPEN_URLS],
    target: { namespace: 'android_app', package_name: name, sha256_cert_fingerprints: prints },
    relation_extensions: {
      [OPEN_URLS]: { dynamic_app_link_components: [{ '/': LINKS }, { '/': '*', exclude: true }] },
    },
  }));
}
