#!/usr/bin/env bash
# ibantools (npm) 4.5.4: five countries that joined SEPA in 2024 and 2025 are none of SEPA
#
# Expected: `isSEPACountry` is true for every country of EPC409-09, the list of SEPA scheme countries: Albania
#   and Montenegro since November 2024, Moldova and North Macedonia since March 2025, Serbia since May 2025.
# Seen on 2026-11-30 with ibantools 4.5.4, of April 2026, on Node 20: it is false for the five, while their
#   IBANs are valid, and true for Andorra, which joined in 2019:
#     AL valid, SEPA false
#     MD valid, SEPA false
#     ME valid, SEPA false
#     MK valid, SEPA false
#     RS valid, SEPA false
#     AD valid, SEPA true
# Why it matters: who asks it before paying by SEPA refuses members with accounts there, whose banks have taken
#   SEPA transfers since October 2025 (Serbia's since May 2026).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ibantools@4.5.4 >/dev/null

cat >ask.mjs <<'JS'
import { isSEPACountry, isValidIBAN } from 'ibantools';
const ibans = [
  'AL47212110090000000235698741',
  'MD24AG000225100013104168',
  'ME25505000012345678951',
  'MK07250120000058984',
  'RS35260005601001611379',
  'AD1200012030200359100100',
];
for (const iban of ibans) {
  const country = iban.slice(0, 2);
  console.log(`${country} ${isValidIBAN(iban) ? 'valid' : 'invalid'}, SEPA ${isSEPACountry(country)}`);
}
JS
seen=$(node ask.mjs)
echo "$seen"
[ "$seen" = 'AL valid, SEPA false
MD valid, SEPA false
ME valid, SEPA false
MK valid, SEPA false
RS valid, SEPA false
AD valid, SEPA true' ]
