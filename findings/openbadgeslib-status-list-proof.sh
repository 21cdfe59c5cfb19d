#!/usr/bin/env bash
# openbadgeslib (PyPI) 4.6.3: takes a badge with Data Integrity, but no status list with Data Integrity
#
# Expected: Open Badges 3.0 and Bitstring Status List 1.0 secure a status list's credential as any other, with a
#   JWT or with Data Integrity. The library verifies and makes eddsa-rdfc-2022 proofs, and
#   `OB3LdpVerifier.verify(…, check_status=True)` verifies the list's own signature by default.
# Seen on 2026-11-30 with openbadgeslib[ldp] 4.6.3 on Python 3.11: the list's proof is good by the library's own
#   `verify_data_integrity_proof`, and yet the badge that names it is refused:
#     list's proof alone: good
#     badge, list verified: status list https://example.com/status/0 is not a signed JWT-VC, so its proof cannot
#       be verified (verify_list=True requires a signed list)
#     badge, list not verified: good
# Why it matters: an issuer of badges with Data Integrity that signs its lists the same way is refused by the
#   default. What is left is `verify_status_list=False`, which believes whoever answers at the list's address.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'openbadgeslib[ldp]==4.6.3'
cat >ask.py <<'PY'
import json
from openbadgeslib.keys import KeyEd25519
from openbadgeslib.ob3.did import did_key_from_pem
from openbadgeslib.ob3.ldp import OB3LdpVerifier, add_data_integrity_proof, verify_data_integrity_proof
from openbadgeslib.ob3.status_list import build_status_list_credential

private, public = KeyEd25519().generate_keypair()
did = did_key_from_pem(public)
sign = lambda document: add_data_integrity_proof(document, private, f"{did}#{did.removeprefix('did:key:')}")
url = "https://example.com/status/0"
status_list = sign(build_status_list_credential(did, url, "revocation", [3]))
badge = sign({
    "@context": ["https://www.w3.org/ns/credentials/v2",
                 "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "id": "https://example.com/badges/1",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "name": "Connector",
    "issuer": {"id": did, "type": ["Profile"], "name": "Example"},
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {
        "id": "https://example.com/people/ann",
        "type": ["AchievementSubject"],
        "achievement": {"id": "https://example.com/achievements/1", "type": ["Achievement"],
                        "name": "Connector", "description": "Brought a friend",
                        "criteria": {"narrative": "A friend bought something"}},
    },
    "credentialStatus": {"id": f"{url}#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
                         "statusListIndex": "7", "statusListCredential": url},
})

def said(ask):
    try:
        ask()
        return "good"
    except Exception as error:
        return str(error)

def verify(**options):
    download = lambda _: json.dumps(status_list).encode()
    return said(lambda: OB3LdpVerifier().verify(badge, check_status=True, download=download, **options))

seen = {
    "list's proof alone": said(lambda: verify_data_integrity_proof(status_list, public)),
    "badge, list verified": verify(),
    "badge, list not verified": verify(verify_status_list=False),
}
for what, answer in seen.items():
    print(f"{what}: {answer}")
good, verified, unverified = seen.values()
raise SystemExit(0 if good == unverified == "good" and "is not a signed JWT-VC" in verified else 1)
PY
venv/bin/python ask.py
