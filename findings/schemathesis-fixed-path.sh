#!/usr/bin/env bash
# schemathesis (PyPI) 4.32.5: a method of a fixed address is held against the pattern beside it
#
# Expected: an API has the address /sources/stripe, which takes GET and PUT, beside the pattern
#   /sources/{provider}, which takes DELETE. OpenAPI 3.1 matches the fixed address before the pattern (Paths
#   Object), so PUT /sources/stripe is an operation of the document, and no proof of what the pattern refuses.
# Seen on 2026-11-29 with schemathesis 4.32.5 on Python 3.11: where `stripe` is the only value of {provider},
#   the check `unsupported_method` sends PUT /sources/stripe to see whether DELETE's pattern refuses PUT, and
#   reports the answer that the document has for it:
#     PUT /sources/{provider}: Unsupported method PUT returned 422, expected 405 Method Not Allowed
# Why it matters: whoever runs all checks against a correct server reads of a fault that is none, and has to
#   switch the check off for that operation.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" schemathesis==4.32.5
export PYTHONPATH="$work/packages"

cat >"$work/server.py" <<'PY'
import http.server, json, sys

ALLOWED = ("GET", "PUT", "DELETE")

class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        status = {"GET": 200, "DELETE": 200, "PUT": 422}.get(self.command, 405)
        body = json.dumps({"status": status}).encode()
        self.send_response(status)
        if status == 405:
            self.send_header("allow", ", ".join(ALLOWED))
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass

for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"):
    setattr(Handler, "do_" + method, Handler.answer)

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
open(sys.argv[1], "w").write(str(server.server_address[1]))
server.serve_forever()
PY
python3 "$work/server.py" "$work/port" &
server=$!
until [ -s "$work/port" ]; do sleep 0.1; done

cat >"$work/openapi.json" <<'JSON'
{
  "openapi": "3.1.0",
  "info": { "title": "Sources", "version": "1" },
  "paths": {
    "/sources/stripe": {
      "get": { "responses": { "200": { "description": "ok" } } },
      "put": {
        "requestBody": { "content": { "application/json": { "schema": { "type": "object" } } } },
        "responses": { "200": { "description": "ok" }, "422": { "description": "refused" } }
      }
    },
    "/sources/{provider}": {
      "delete": {
        "parameters": [
          { "name": "provider", "in": "path", "required": true, "schema": { "enum": ["stripe"] } }
        ],
        "responses": { "200": { "description": "ok" } }
      }
    }
  }
}
JSON
cd "$work"
output=$(python3 -m schemathesis.cli run openapi.json --url "http://127.0.0.1:$(cat port)" --phases coverage \
  --checks unsupported_method --continue-on-failure --no-color --generation-deterministic || true)
echo "$output" | grep -E "Unsupported method" | head -5
if ! grep -q "returned 422, expected 405" <<<"$output"; then
  echo "$output" | tail -40
  echo "changed: a method of the fixed address is no longer held against the pattern"
  exit 1
fi
echo "as described: PUT /sources/stripe is taken for a method that /sources/{provider} should refuse"
