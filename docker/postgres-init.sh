#!/bin/sh
# Runs once, when the volume is new: the roles and databases of the engine and of Temporal, each with its own password.
set -eu

for name in POSTGRES_PASSWORD OWNER_DB_PASSWORD APP_DB_PASSWORD TEMPORAL_DB_PASSWORD; do
  eval "value=\${$name}"
  if [ "${#value}" -lt 16 ]; then
    echo "$name has fewer than 16 characters: choose a longer one, remove the volume, and start again." >&2
    exit 1
  fi
done

psql --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres \
  --set=owner="$OWNER_DB_PASSWORD" --set=app="$APP_DB_PASSWORD" --set=temporal="$TEMPORAL_DB_PASSWORD" <<'SQL'
-- The application may do what the role referral_app may; the migrations say what that is.
CREATE ROLE referral_app NOLOGIN;
CREATE ROLE referral LOGIN PASSWORD :'app' IN ROLE referral_app;
CREATE ROLE referral_owner LOGIN CREATEROLE PASSWORD :'owner';
GRANT referral_app TO referral_owner WITH ADMIN OPTION;
CREATE DATABASE referral OWNER referral_owner;
REVOKE CONNECT ON DATABASE referral FROM PUBLIC;
GRANT CONNECT ON DATABASE referral TO referral;

CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE temporal, temporal_visibility FROM PUBLIC;
SQL
