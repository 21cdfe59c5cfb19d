#!/usr/bin/env bash
# stripe (npm) 23.1.0: a malformed Stripe-Signature header is not always a signature error
#
# Expected: `stripe.webhooks.constructEvent` throws StripeSignatureVerificationError for whatever header does
#   not verify. A receiver catches that class, answers 400, and lets every other error be a 500.
# Seen on 2026-11-29 with stripe 23.1.0 on Node 20: a header whose signature is empty (`t=1,v1=`) makes it
#   throw a plain Error, and one whose signature has as many characters as a right one, but not in ASCII, a
#   RangeError of Node's timingSafeEqual. A header with a wrong signature in hex throws the class as expected.
#     wrong hex: StripeSignatureVerificationError
#     empty: Error
#     not ASCII: RangeError
# Why it matters: anybody may send such a header, without knowing a secret. A receiver that takes only the
#   documented class for "not from Stripe" answers 500, pages whoever is on call, and Stripe's own tools then
#   count the endpoint as failing. Any error of the check has to be taken as "not signed".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund stripe@23.1.0
cat > check.mjs <<'JS'
import Stripe from 'stripe';

const stripe = new Stripe('sk_test_unused');
const secret = 'whsec_0123456789abcdef';
const body = '{"id":"evt_1","object":"event"}';
const now = Math.floor(Date.now() / 1000);
const classOf = (header) => {
  try {
    stripe.webhooks.constructEvent(body, header, secret);
    return 'nothing';
  } catch (error) {
    return error.constructor.name;
  }
};
const seen = [
  `wrong hex: ${classOf(`t=${now},v1=${'0'.repeat(64)}`)}`,
  `empty: ${classOf(`t=${now},v1=`)}`,
  `not ASCII: ${classOf(`t=${now},v1=${'é'.repeat(64)}`)}`,
];
console.log(seen.join('\n'));
const expected = ['wrong hex: StripeSignatureVerificationError', 'empty: Error', 'not ASCII: RangeError'];
process.exit(seen.every((line, index) => line === expected[index]) ? 0 : 1);
JS
node check.mjs
