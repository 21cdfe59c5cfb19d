import { expect, test } from 'vitest';
import { didWeb } from './did-web.ts';

test.each([
  // The examples of the specification, with a document below a path.
  ['https://w3c-ccg.github.io/user/alice', 'did:web:w3c-ccg.github.io:user:alice'],
  ['https://example.com:3000/user/alice', 'did:web:example.com%3A3000:user:alice'],
  ['https://go.example.com/refer/badges/issuers/p/', 'did:web:go.example.com:refer:badges:issuers:p'],
  ['https://example.com:443/a', 'did:web:example.com:a'],
  ['https://Bücher.example/a~b/c%20d/e:f/é', 'did:web:xn--bcher-kva.example:a%7Eb:c%20d:e%3Af:%C3%A9'],
])('%s is the address of %s', (address, did) => {
  expect(didWeb(address)).toBe(did);
  // Read back, as resolvers do.
  const [host = '', ...parts] = did.slice('did:web:'.length).split(':').map(decodeURIComponent);
  const read = new URL(`https://${host}/${parts.map(encodeURIComponent).join('/')}`).href;
  expect(decodeURIComponent(read)).toBe(decodeURIComponent(new URL(address).href.replace(/\/$/, '')));
});

test.each(['http://example.com/a', 'https://192.0.2.7/a', 'https://[2001:db8::1]/a', 'https://example.com/'])(
  '%s has no did:web of its own',
  (address) => {
    expect(didWeb(address)).toBeNull();
  },
);
