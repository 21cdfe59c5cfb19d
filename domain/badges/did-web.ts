/** Host names of the DNS: an address of four numbers is none, nor is one of IPv6, which has colons. */
const DOMAIN = /^(?!.*\.\d+$)[a-z0-9-]+(\.[a-z0-9-]+)*$/;

/** A part of a DID holds letters, digits, dots, hyphens and underscores; anything else is percent-encoded. */
const partOf = (text: string): string =>
  encodeURIComponent(decodeURIComponent(text)).replace(
    /[!'()*~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/**
 * The `did:web` whose document is at `<address>/did.json`, as the specification of the method has it
 * (https://w3c-ccg.github.io/did-method-web/): colons for slashes, and the port's own colon percent-encoded.
 * Null for an address that can have none: not https, an IP address, or without a path. A DID without a path
 * is the whole host's, and its document lies elsewhere.
 */
export function didWeb(address: string): string | null {
  const { protocol, hostname, port, pathname } = new URL(address);
  const parts = pathname.split('/').filter((part) => part !== '');
  if (protocol !== 'https:' || !DOMAIN.test(hostname) || parts.length === 0) return null;
  const host = port === '' ? hostname : `${hostname}%3A${port}`;
  return ['did:web', host, ...parts.map(partOf)].join(':');
}
