#!/usr/bin/env bash
# jose (npm) 6.2.18: createRemoteJWKSet has no cooldown after a fetch that failed
#
# Expected: `cooldownDuration` ("duration for which no more HTTP requests will be triggered", 30 s by default)
#   keeps a server from asking for a key set again and again, also while the set's address is down.
# Seen on 2026-11-29 with jose 6.2.18 on Node 20: the cooldown begins with a fetch that succeeded. While the
#   address answers 500, each token that is checked asks it again: ten tokens one after the other, ten requests.
#   With a set that is there, ten tokens with an unknown key id cost one request, as the words say.
#     set is down: 10 tokens, 10 requests
#     set is there: 10 tokens, 1 request
# Why it matters: tokens come from anybody. While an issuer is down, whoever sends tokens makes the verifier
#   call the issuer as often as they like, and wait for it each time. A verifier has to keep a rest of its own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund jose@6.2.18
cat > check.mjs <<'JS'
import { createServer } from 'node:http';
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';

const { publicKey, privateKey } = await generateKeyPair('ES256');
const published = { keys: [{ ...(await exportJWK(publicKey)), kid: 'known', alg: 'ES256' }] };
const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid: 'unknown' }).sign(privateKey);

async function requestsFor(status) {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(published));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const set = createRemoteJWKSet(new URL(`http://127.0.0.1:${server.address().port}/`));
  for (let turn = 0; turn < 10; turn += 1) await jwtVerify(token, set).catch(() => undefined);
  server.close();
  return requests;
}

const down = await requestsFor(500);
const there = await requestsFor(200);
console.log(`set is down: 10 tokens, ${down} requests`);
console.log(`set is there: 10 tokens, ${there} request${there === 1 ? '' : 's'}`);
process.exit(down === 10 && there === 1 ? 0 : 1);
JS
node check.mjs
