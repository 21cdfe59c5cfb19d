#!/usr/bin/env bash
# mailchecker (npm) 6.0.21: one mailbox is valid or not by how its domain is written, and not valid reads as
# disposable
#
# Expected: bob@müller.example and bob@xn--mller-kva.example are one mailbox, since the second domain is the
#   first in ASCII (RFC 5891), so a check for throw-away providers says the same of both. Of people's
#   forwarding services, of which mailboxes stay, it says one thing.
# Seen on 2026-11-30 with mailchecker 6.0.21 on Node 20: `isValid` is false for the first and true for the
#   second, because it asks an ASCII-only pattern before the list, and has one answer for malformed and for
#   disposable. It is false for duck.com, mozmail.com and simplelogin.com, and true for
#   privaterelay.appleid.com, though all four do the same for their users:
#     false true
#     false false false true
# Why it matters: who takes a "no" for a disposable address holds rewards of honest people with a name of
#   their own language, and treats one hidden address as fraud and another as clean. Ask the list by the
#   domain in ASCII, and keep forwarding services out of it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund mailchecker@6.0.21 >/dev/null

cat >ask.js <<'JS'
const { isValid } = require('mailchecker');
const say = (...domains) => console.log(...domains.map((domain) => isValid(`bob@${domain}`)));
say('müller.example', 'xn--mller-kva.example');
say('duck.com', 'mozmail.com', 'simplelogin.com', 'privaterelay.appleid.com');
JS
seen=$(node ask.js)
echo "$seen"
[ "$seen" = $'false true\nfalse false false true' ]
