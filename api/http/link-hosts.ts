import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from './errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route also answers on a host that is for links alone. */
    onLinkHosts?: boolean;
  }
}

/**
 * Makes these host names, in lower case and without ports, answer nothing but the routes that say
 * `onLinkHosts`; every other address is the same 404 as one that does not exist. Without host names every
 * route answers everywhere.
 */
export function restrictLinkHosts(app: FastifyInstance, hosts: readonly string[]): void {
  if (hosts.length === 0) return;
  const names = new Set(hosts);
  app.addHook('onRequest', (req, _reply, done) => {
    if (req.routeOptions.config.onLinkHosts === true || !hostsOf(req).some((name) => names.has(name))) {
      return done();
    }
    done(new ApiError('not_found', 'There is nothing at this address.'));
  });
}

/**
 * Every host that the request claims. Either header is enough: a client may send `X-Forwarded-Host` through a
 * proxy that does not set it, and must not get around the rule by that.
 */
function hostsOf({ headers }: FastifyRequest): string[] {
  const claimed = [headers.host, headers['x-forwarded-host']].flat();
  return claimed.flatMap((text) => text?.split(',') ?? []).map(nameOf);
}

/** A host header without its port and without the dot that may end a name. */
const nameOf = (host: string): string => host.trim().toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
