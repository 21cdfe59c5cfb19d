/** Where the document of a `did:web` is, by the method's specification: what any resolver does. */
export function resolveDidWeb(did: string): string {
  const [host = '', ...parts] = did.slice('did:web:'.length).split(':');
  const path = parts.length === 0 ? '.well-known' : parts.join('/');
  return `https://${decodeURIComponent(host)}/${path}/did.json`;
}
