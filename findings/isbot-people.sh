#!/usr/bin/env bash
# isbot (npm) 5.2.3: people's phones, televisions and chat apps are robots when a word of theirs is on the list
#
# Expected: a browser on a phone or a television is a person's, whatever the maker called the device, and so is
#   a page that WeChat shows.
# Seen on 2026-11-30 with isbot 5.2.3 on Node 20: the list is matched against the whole agent, the device's
#   name too, so these four are robots, while the same browser on a device of another name is none:
#     Spider 8: true
#     Discovery II: true
#     Chromecast Google TV: true
#     WeChat, Process/tools: true
#     Pixel 8: false
# Why it matters: a redirect that counts people's clicks drops theirs, so whoever shared the link is not
#   credited with the friend. Of some 35,600 agents of people that Matomo's device-detector 6.5.1 has as
#   fixtures, the list alone dropped 383.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund isbot@5.2.3 >/dev/null

cat >ask.mjs <<'JS'
import { isbot } from 'isbot';
const browser = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36';
const on = (device) => `Mozilla/5.0 (Linux; Android 13; ${device}) ${browser}`;
for (const device of ['Spider 8', 'Discovery II', 'Chromecast Google TV']) {
  console.log(`${device}: ${isbot(on(device))}`);
}
console.log(`WeChat, Process/tools: ${isbot(`${on('Pixel 8')} MicroMessenger/8.0.50 Process/tools WeChat/arm64`)}`);
console.log(`Pixel 8: ${isbot(on('Pixel 8'))}`);
JS
seen=$(node ask.mjs)
echo "$seen"
[ "$seen" = 'Spider 8: true
Discovery II: true
Chromecast Google TV: true
WeChat, Process/tools: true
Pixel 8: false' ]
