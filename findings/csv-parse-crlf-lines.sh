#!/usr/bin/env bash
# csv-parse (npm) 7.0.3: a CRLF within quotes counts as two lines, so every line number after it is wrong
#
# Expected: the line of a record, or of an error, is the one that an editor shows, whatever the line end of the
#   file (RFC 4180 has CRLF, within quotes too).
# Seen on 2026-11-30 with csv-parse 7.0.3 on Node 20: the same file of four lines, whose second record has one
#   break in a cell. With LF the records end in the lines 1, 3 and 4, with CRLF in 1, 4 and 5; so does an
#   error in the line after it:
#     LF 1 3 4, error in line 5
#     CRLF 1 4 5, error in line 6
# Why it matters: whoever imports a file of results is sent to the wrong line, by one more for each such cell.
#   Make CRLF to LF before you parse.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund csv-parse@7.0.3 >/dev/null

cat >ask.mjs <<'JS'
import { parse } from 'csv-parse/sync';
const file = 'id,name\n1,"Ann\nLee"\n2,Bob\n';
for (const [name, end] of [['LF', '\n'], ['CRLF', '\r\n']]) {
  const text = file.replaceAll('\n', end);
  const lines = parse(text, { info: true }).map(({ info }) => info.lines);
  try {
    parse(`${text}3`);
  } catch (error) {
    console.log(`${name} ${lines.join(' ')}, error in line ${error.lines}`);
  }
}
JS
seen=$(node ask.mjs)
echo "$seen"
[ "$seen" = 'LF 1 3 4, error in line 5
CRLF 1 4 5, error in line 6' ]
