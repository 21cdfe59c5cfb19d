import { safely } from './safely.ts';

/**
 * Asks a route of this origin to set the cookie, because browsers that cap a cookie of a script do not cap
 * one of the server. Calls `otherwise` when that route is elsewhere or does not do it.
 */
export function askEndpoint(endpoint: string, name: string, text: string, otherwise: () => void): void {
  const url = safely(() => new URL(endpoint, location.href));
  if (!url || url.origin !== location.origin) {
    otherwise();
    return;
  }
  url.searchParams.set(name, text);
  // It outlives the page, since many visitors go on at once.
  const options = { method: 'POST', keepalive: true } as const;
  fetch(url.href, options).then((answer) => answer.ok || otherwise(), otherwise);
}
